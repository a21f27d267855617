import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { eventually } from '../eventually.ts';
import type { PrivateMounts } from './private-mounts.ts';

export interface Sshd {
  port: number;
  /** What it has said, for the message of a failure. */
  readonly log: string;
  stop(): Promise<void>;
}

/**
 * Debian's sshd with the sshd_config of those mounts, on a loopback port. `options` come before
 * the file's, as `-o` does.
 */
export async function startSshd(
  mounts: PrivateMounts,
  folder: string,
  options: Record<string, string> = {},
): Promise<Sshd> {
  const port = await freePort();
  const hostKey = join(folder, 'host-key');
  await makeKey(hostKey);
  // Where it keeps its unprivileged part; a service's start makes it elsewhere.
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const all = {
    Port: String(port),
    ListenAddress: '127.0.0.1',
    HostKey: hostKey,
    PidFile: 'none',
    LogLevel: 'VERBOSE',
    // Fifty people may knock at once.
    MaxStartups: '500',
    ...options,
  };
  const settings = Object.entries(all).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const [file, ...enter] = mounts.enter;
  const sshd = ['setpriv', '--pdeathsig', 'KILL', '/usr/sbin/sshd', '-D', '-e', ...settings];
  const child = spawn(file!, [...enter, ...sshd], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = once(child, 'exit');
  await eventually(
    () => (child.exitCode === null ? log : `sshd has ended: ${log}`),
    (text) => text.includes('Server listening on'),
  );
  return {
    port,
    get log() {
      return log;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A key pair without a passphrase, FILE and FILE.pub; one that is there stays. */
export async function makeKey(file: string): Promise<void> {
  const options = ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file];
  await execa('ssh-keygen', options, { input: 'n\n', reject: false });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
