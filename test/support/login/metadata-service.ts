import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { execa } from 'execa';
import type Dockerode from 'dockerode';

/** Where clouds have theirs. */
export const metadataAddress = '169.254.169.254';

export interface MetadataService {
  port: number;
  close(): Promise<void>;
}

/**
 * Gives this machine that address and serves there, as well as on all others. Workspaces have to
 * run before it: of an address that the machine has, they would know as one of the host's.
 */
export async function serveMetadata(): Promise<MetadataService> {
  const address = [`${metadataAddress}/32`, 'dev', 'lo'];
  await execa('ip', ['address', 'add', ...address]);
  const server = createServer((socket) => socket.end('reached')).listen(0, '0.0.0.0');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      await execa('ip', ['address', 'delete', ...address]);
    },
  };
}

/** A command that prints `reached` or `refused`, or else what keeps it from either. */
export function reaching(address: string, port: number): string {
  const script = [
    'import socket',
    `try: print(socket.create_connection(("${address}", ${port}), 5).recv(9).decode())`,
    'except ConnectionRefusedError: print("refused")',
    'except OSError as error: print(error)',
  ];
  return `python3 -c '${script.join('\n')}'`;
}

/** What such a command says in a container that no policy is about. */
export async function runUnconfined(
  engine: Dockerode,
  image: string,
  command: string,
): Promise<string> {
  const container = await engine.createContainer({
    Image: image,
    Cmd: ['sh', '-c', command],
    Tty: true,
  });
  try {
    await container.start();
    await container.wait();
    return (await container.logs({ stdout: true })).toString().trim();
  } finally {
    await container.remove({ force: true });
  }
}
