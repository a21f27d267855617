import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { DevenvError } from '../../errors.ts';
import { shortPath } from './short-path.ts';
import { removeStaleSockets } from './stale-sockets.ts';

export interface SshAgentRelay {
  /** The socket's file name in the folder. */
  name: string;
  close(): Promise<void>;
}

const prefix = 'agent-';

/**
 * Offers the host's ssh agent on a socket in `folder`, for the time of one session: only the
 * folder is mounted into the container, never the agent's own socket. Nothing is looked at on
 * the way. Does not keep the process alive.
 *
 * @param options.socketPath The agent's socket, SSH_AUTH_SOCK.
 */
export async function relaySshAgent({
  socketPath,
  folder,
}: {
  socketPath: string;
  folder: string;
}): Promise<SshAgentRelay> {
  const short = await shortPath(folder);
  await removeStaleSockets(short.path, prefix);
  const name = `${prefix}${randomBytes(4).toString('hex')}.sock`;
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const agent = createConnection({ path: socketPath, allowHalfOpen: true });
    connect(client, agent, open);
  });
  server.listen(join(short.path, name)).unref();
  await once(server, 'listening').catch(async (cause: unknown) => {
    await short.close();
    throw notOffered(folder, cause);
  });
  await chmod(join(folder, name), 0o600);
  return {
    name,
    close: async () => {
      for (const socket of open) socket.destroy();
      // It removes the socket by the path that it was given.
      await new Promise((resolve) => server.close(resolve));
      await short.close();
    },
  };
}

/**
 * How the agent gets into a container: through a relay's socket, or by mounting the one that
 * Docker Desktop keeps in its virtual machine, into which no socket of the host can be mounted.
 *
 * @param operatingSystem The engine's, as GET /info gives it.
 */
export function agentStrategy(operatingSystem: string): { mount: string } | 'relay' {
  if (/docker desktop/i.test(operatingSystem)) return { mount: '/run/host-services/ssh-auth.sock' };
  return 'relay';
}

/** Lets two sockets be one; whatever ends one of them ends the other. */
function connect(client: Socket, agent: Socket, open: Set<Socket>): void {
  for (const [one, other] of [
    [client, agent],
    [agent, client],
  ] as const) {
    open.add(one);
    one.unref();
    one.on('error', () => other.destroy());
    one.on('close', () => {
      open.delete(one);
      other.end();
    });
    one.pipe(other);
  }
}

function notOffered(folder: string, cause: unknown): DevenvError {
  return new DevenvError('session_failed', `The ssh agent cannot be offered in ${folder}.`, {
    hint: 'Set "forward: {ssh_agent: false}" in devenv.yaml to go on without it.',
    details: [(cause as Error).message],
    cause,
  });
}
