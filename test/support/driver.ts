import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Session } from '../../cli/src/engine/attach.ts';
import { testEngineHost } from './engine.ts';
import type { TestContainer } from './test-container.ts';

export type DriverSession = Pick<Session, 'argv'> & Partial<Session> & { host?: string };

export interface Driver {
  /** Path of the program, to be run with node. */
  program: string;
  /** Environment that makes the program attach to that session. */
  environment(container: TestContainer, session: DriverSession): NodeJS.ProcessEnv;
  spawn(container: TestContainer, session: DriverSession, stdio?: StdioOptions): ChildProcess;
  remove(): Promise<void>;
}

/** Bundles test/support/session-driver.ts, so that a test can have attach() in a process of its own. */
export async function buildDriver(): Promise<Driver> {
  const folder = await mkdtemp(join(tmpdir(), 'devenv-driver-'));
  const program = join(folder, 'driver.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'session-driver.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['cpu-features', '*.node'],
    logLevel: 'error',
  });
  const environment: Driver['environment'] = (container, session) => ({
    ...process.env,
    SESSION: JSON.stringify({
      host: testEngineHost(),
      container: container.name,
      user: container.user,
      workingDir: '/',
      environment: {},
      tty: false,
      ...session,
    }),
  });
  return {
    program,
    environment,
    spawn: (container, session, stdio = 'pipe') =>
      spawn(process.execPath, [program], { stdio, env: environment(container, session) }),
    remove: () => rm(folder, { recursive: true }),
  };
}

/** The exit status of a process; a signal's name when one ended it. */
export async function exitOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode!;
}
