import { randomUUID } from 'node:crypto';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Docker } from '../../docker.ts';
import type { Service } from './service.ts';

/** What a build refers to while it runs, and what has to be let go of afterwards. */
export interface BuildSession {
  id: string;
  close(): void;
}

/**
 * Opens a session in which the engine's BuildKit asks this process for what a build must not
 * keep: secrets, the ssh agent, logins. The engine is the client of a connection that we opened
 * (engine API: POST /session, upgraded to h2c).
 *
 * @param sharedKey What the engine has been sent under the same key before, it need not be again.
 */
export async function openBuildSession(
  docker: Docker,
  services: Service[],
  sharedKey: string,
): Promise<BuildSession> {
  const id = randomUUID();
  const methods = services.flatMap(({ definition }) =>
    Object.values(definition).map(({ path }) => path),
  );
  const connection = await docker.openSession({
    'X-Docker-Expose-Session-Uuid': id,
    'X-Docker-Expose-Session-Name': 'devenv',
    'X-Docker-Expose-Session-Sharedkey': sharedKey,
    'X-Docker-Expose-Session-Grpc-Method': methods,
  });
  const server = new Server();
  for (const { definition, implementation } of services) {
    server.addService(definition, implementation);
  }
  server.createConnectionInjector(ServerCredentials.createInsecure()).injectConnection(connection);
  return {
    id,
    close: () => {
      server.forceShutdown();
      connection.destroy();
    },
  };
}
