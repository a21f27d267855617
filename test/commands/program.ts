import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Surroundings } from '../../cli/src/commands/context.ts';
import { runProgram } from '../../cli/src/commands/run-program.ts';
import { FakeOutput } from '../ui/fake-output.ts';

export interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface FakeSurroundings extends Surroundings {
  stdout: FakeOutput;
  stderr: FakeOutput;
  signals: EventEmitter;
}

/** An outside world without a terminal, an engine, or anything of the machine's own settings. */
export function surroundings(cwd: string, change: Partial<Surroundings> = {}): FakeSurroundings {
  return {
    cwd,
    environment: {
      DOCKER_HOST: `unix://${cwd}/no-engine.sock`,
      XDG_CONFIG_HOME: `${cwd}/.config`,
      XDG_STATE_HOME: `${cwd}/.state`,
      XDG_CACHE_HOME: `${cwd}/.cache`,
    },
    stdin: new PassThrough(),
    stdout: new FakeOutput(),
    stderr: new FakeOutput(),
    signals: new EventEmitter(),
    ...change,
  } as FakeSurroundings;
}

/** Runs devenv in this process, where nothing of it may end the process. */
export async function devenv(cwd: string, ...argv: string[]): Promise<Outcome> {
  const outside = surroundings(cwd);
  const exitCode = await runProgram(argv, outside);
  return { exitCode, stdout: outside.stdout.text, stderr: outside.stderr.text };
}
