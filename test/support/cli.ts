import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { testEngineHost } from './engine.ts';

/** The built program; `npm run build` makes it. */
export const program = fileURLToPath(new URL('../../cli/bin/devenv.cjs', import.meta.url));

export interface CliOptions {
  cwd?: string;
  /** Added to a small, fixed environment; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
  input?: string | Uint8Array;
  /** Who runs it, where the tests run as root. */
  user?: { uid: number; gid: number };
}

export interface CliResult {
  stdout: string;
  stderr: string;
  /** 128 + n when a signal ended it. */
  exitCode: number;
}

export type Cli = ReturnType<typeof createCli>;

/**
 * devenv as a person has it whose home is `home`: nothing of the machine's own settings, caches and
 * variables reaches it, and it uses the tests' engine.
 */
export function createCli(home: string, defaults: CliOptions = {}) {
  /** Starts `devenv ...args`, for tests that talk to it or end it. */
  function start(args: string[], { cwd, env, input, user }: CliOptions = {}) {
    return execa(process.execPath, [program, ...args], {
      cwd: cwd ?? defaults.cwd ?? home,
      env: { ...privateEnvironment(home), ...defaults.env, ...env },
      extendEnv: false,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      ...(user ?? defaults.user),
      reject: false,
      stripFinalNewline: false,
    });
  }

  /** Runs `devenv ...args` to its end; an exit code other than 0 is an answer like any other. */
  async function run(args: string[], options?: CliOptions): Promise<CliResult> {
    const { stdout, stderr, exitCode, signal, cause } = await start(args, options);
    if (signal !== undefined) return { stdout, stderr, exitCode: 128 + constants.signals[signal] };
    if (exitCode === undefined) throw new Error('devenv could not be started', { cause });
    return { stdout, stderr, exitCode };
  }

  return { start, run };
}

function privateEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    HOME: home,
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_STATE_HOME: join(home, '.local/state'),
    DOCKER_HOST: testEngineHost(),
  };
}
