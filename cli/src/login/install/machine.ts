import { join } from 'node:path';
import { runProgram } from '../../engine/host/run-program.ts';

/** The machine that is installed on; tests have another. */
export interface Machine {
  /** The folder that stands for `/`. */
  root: string;
  /** Whose everything is that is written. */
  owner: { uid: number; gid: number };
  /** Runs one of the system's programs to its end. */
  run: (argv: [string, ...string[]]) => Promise<ProgramAnswer>;
}

export interface ProgramAnswer {
  /** 127 where there is no such program. */
  exitCode: number;
  stdout: string;
  /** The end of what it said, for messages. */
  tail: string[];
}

export function thisMachine(): Machine {
  return { root: '/', owner: { uid: 0, gid: 0 }, run };
}

/** Where a path of the machine is. */
export function onMachine({ root }: Machine, path: string): string {
  return join(root, path);
}

async function run(argv: [string, ...string[]]): Promise<ProgramAnswer> {
  const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
  try {
    // Each is over in a moment; an interrupt waits for it.
    return await runProgram(argv, { environment, signal: new AbortController().signal });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { exitCode: 127, stdout: '', tail: [`${argv[0]} is not installed`] };
  }
}
