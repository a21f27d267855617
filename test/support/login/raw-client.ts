import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Client, type ClientChannel } from 'ssh2';
import type { Door } from './clients.ts';

/** A client that says what OpenSSH's own never would, such as a NUL in a command. */
export async function connectRaw(door: Door, user: string): Promise<Client> {
  const client = new Client();
  const privateKey = await readFile(door.key);
  client.connect({ host: '127.0.0.1', port: door.port, username: user, privateKey });
  await once(client, 'ready');
  return client;
}

/** Runs a command to its end; gives undefined for a status where the server refuses or hangs up. */
export async function execRaw(
  client: Client,
  command: string,
): Promise<{ stdout: string; status: number | undefined }> {
  return new Promise((resolve) => {
    let stdout = '';
    let status: number | undefined;
    client.once('close', () => resolve({ stdout, status }));
    client.exec(command, (error, channel) => {
      if (error !== undefined) return resolve({ stdout, status });
      channel.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      channel.on('exit', (code: number) => (status = code));
      channel.on('close', () => resolve({ stdout, status }));
      channel.end();
    });
  });
}

/** A shell on a terminal of any size; what it says is in `said`. */
export async function shellRaw(
  client: Client,
  size: { rows: number; cols: number },
): Promise<{ channel: ClientChannel; readonly said: string }> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.shell({ term: 'xterm', width: 0, height: 0, ...size }, (error, opened) =>
      error === undefined ? resolve(opened) : reject(error),
    );
  });
  let said = '';
  channel.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return {
    channel,
    get said() {
      return said;
    },
  };
}
