import { constants } from 'node:os';
import { execa, type Options } from 'execa';
import { openPty, type Pty } from '../pty.ts';
import { connectRaw } from './raw-client.ts';

/** How the clients reach the host. */
export interface Door {
  port: number;
  key: string;
  /** A home for the clients, empty. */
  home: string;
}

export interface ClientResult {
  stdout: Buffer;
  stderr: string;
  /** 128 + n when a signal ended the client. */
  status: number;
}

export interface ClientOptions {
  input?: string | Uint8Array;
  /** Added to the client's environment. */
  env?: Record<string, string>;
  /** Before the host, such as `['-A']` or `['-o', 'SendEnv=*']`. */
  extraOptions?: string[];
  cwd?: string;
}

export interface TerminalOptions {
  env?: Record<string, string>;
  extraOptions?: string[];
  columns?: number;
  rows?: number;
}

/** What ssh is asked to run: words that it joins with blanks, one text, or bytes. */
export type SshCommand = string[] | string | Buffer;

export type Clients = ReturnType<typeof createClients>;

/** The real clients, as somebody elsewhere has them whose key is accepted. */
export function createClients(door: () => Door) {
  /** Starts `ssh user@host command`, for tests that talk to it or end it. */
  function startSsh<T extends Options>(user: string, command: SshCommand, options: T) {
    const { extraOptions = [], ...rest } = options as T & ClientOptions;
    const [file, ...args] = sshArgv(door(), user, command, extraOptions);
    return execa(file!, args, {
      ...rest,
      env: { ...environment(door()), ...(options as ClientOptions).env },
      extendEnv: false,
      reject: false,
      stripFinalNewline: false,
    });
  }

  async function run(file: string, args: string[], options: ClientOptions): Promise<ClientResult> {
    const { input, env, cwd } = options;
    const result = await execa(file, args, {
      env: { ...environment(door()), ...env },
      extendEnv: false,
      cwd,
      ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
      reject: false,
      encoding: 'buffer',
      stripFinalNewline: false,
    });
    const stderr = Buffer.from(result.stderr).toString();
    const status = result.signal ? 128 + constants.signals[result.signal] : result.exitCode;
    if (status === undefined) throw new Error(`${file} could not be started`, { cause: result });
    return { stdout: Buffer.from(result.stdout), stderr, status };
  }

  return {
    startSsh,

    /** `ssh user@host command` to its end, without a terminal unless an option asks for one. */
    ssh(user: string, command: SshCommand = [], options: ClientOptions = {}) {
      const [file, ...args] = sshArgv(door(), user, command, options.extraOptions ?? []);
      return run(file!, args, options);
    },

    /** The same on a terminal. */
    terminal(user: string, command: SshCommand = [], options: TerminalOptions = {}): Pty {
      const { env, extraOptions = [], ...size } = options;
      const [file, ...args] = sshArgv(door(), user, command, ['-t', ...extraOptions]);
      return openPty(file!, args, { env: { ...environment(door()), ...env }, ...size });
    },

    /** `scp …`: a path on the host is written as remote(user, path). */
    scp(args: string[], options: ClientOptions = {}) {
      const { port } = door();
      return run('scp', ['-q', ...settings(door()), '-P', String(port), ...args], options);
    },

    /** `sftp` with the commands of a batch. */
    sftp(user: string, batch: string[], options: ClientOptions = {}) {
      const { port } = door();
      const where = ['-P', String(port), '-b', '-', `${user}@127.0.0.1`];
      const input = `${batch.join('\n')}\n`;
      return run('sftp', ['-q', ...settings(door()), ...where], { ...options, input });
    },

    rsync(args: string[], options: ClientOptions = {}) {
      return run('rsync', ['-e', shellCommand(door()), ...args], options);
    },

    git(args: string[], options: ClientOptions = {}) {
      const env = { ...gitIdentity, GIT_SSH_COMMAND: shellCommand(door()), ...options.env };
      return run('git', args, { ...options, env });
    },

    /** A client that obeys no rules. */
    connect: (user: string) => connectRaw(door(), user),

    remote: (user: string, path: string): string => `${user}@127.0.0.1:${path}`,
  };
}

function sshArgv(door: Door, user: string, command: SshCommand, options: string[]): string[] {
  const argv = ['ssh', ...settings(door), '-p', String(door.port), ...options];
  // After the double dash a command may begin with a dash, too.
  argv.push('--', `${user}@127.0.0.1`);
  if (!Buffer.isBuffer(command)) return [...argv, ...[command].flat()];

  // An argument of Node's is text; a shell can make one of any bytes.
  const bytes = [...command].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('');
  const script = 'bytes=$(printf "%b." "$1"); shift; exec "$@" "${bytes%.}"';
  return ['env', 'LC_ALL=C', 'dash', '-c', script, 'dash', bytes, ...argv];
}

function settings({ key }: Door): string[] {
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    'IdentitiesOnly=yes',
    'BatchMode=yes',
  ];
  return ['-F', '/dev/null', '-i', key, ...options.flatMap((option) => ['-o', option])];
}

function shellCommand(door: Door): string {
  return ['ssh', ...settings(door), '-p', String(door.port)].join(' ');
}

function environment({ home }: Door): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: home, LANG: 'C.UTF-8', TERM: 'xterm' };
}

const gitIdentity = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.com',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.com',
};
