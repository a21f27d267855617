import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { DevenvError } from '../../errors.ts';

export interface RunOptions {
  environment: Record<string, string | undefined>;
  signal: AbortSignal;
  /** Called with each line of stdout and stderr as it comes. */
  onLine?: (line: string) => void;
  /** Gives the program the terminal to ask on: sudo wants a password. */
  terminal?: boolean;
}

export interface RunResult {
  exitCode: number;
  stdout: string;
  /** The last lines of stdout and stderr, for messages. */
  tail: string[];
}

type Argv = [string, ...string[]];

const tailLines = 20;
const drainMilliseconds = 2_000;

/**
 * Runs a program to its end, whatever its exit code. An abort ends it with all that it started.
 * Fails with `interrupted` then, and with the system's own error when it cannot be run.
 */
export async function runProgram(argv: Argv, options: RunOptions): Promise<RunResult> {
  const stdout: string[] = [];
  const running = start(argv, options);
  readLines(running.child.stdout, (line) => {
    stdout.push(line);
    running.take(line);
  });
  const exitCode = await running.exitCode;
  return { exitCode, stdout: stdout.join('\n'), tail: running.tail };
}

export interface StreamedProgram {
  stdout: Readable;
  /** Settles when the program has ended, as runProgram does. */
  result: Promise<Omit<RunResult, 'stdout'>>;
}

/** The same for a program whose stdout is data; `onLine` gets the lines of stderr. */
export function streamProgram(argv: Argv, options: RunOptions): StreamedProgram {
  const { child, tail, exitCode } = start(argv, options);
  return { stdout: child.stdout, result: exitCode.then((code) => ({ exitCode: code, tail })) };
}

function start(
  [program, ...args]: Argv,
  { environment, signal, onLine, terminal = false }: RunOptions,
) {
  if (signal.aborted) throw interrupted(program);
  const child = spawn(program, args, {
    env: environment,
    stdio: [terminal ? 'inherit' : 'ignore', 'pipe', 'pipe'],
    // Its own process group, so that an abort reaches its children. sudo can ask on a terminal
    // only from the terminal's own group.
    detached: !terminal,
  });
  const tail: string[] = [];
  const take = (line: string): void => {
    tail.push(line);
    if (tail.length > tailLines) tail.shift();
    onLine?.(line);
  };
  readLines(child.stderr, take);
  const end = (): void => {
    endGroup(child, terminal);
  };
  signal.addEventListener('abort', end);
  const exitCode = ended(child).finally(() => {
    signal.removeEventListener('abort', end);
    child.stderr.destroy();
    if (signal.aborted) throw interrupted(program);
  });
  return { child, tail, take, exitCode };
}

function readLines(stream: Readable, take: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', take);
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? 255);
    });
    // A service that a package's installation starts may keep our pipes open for ever.
    child.once('exit', (code) => {
      setTimeout(resolve, drainMilliseconds, code ?? 255).unref();
    });
  });
}

function endGroup(child: ChildProcess, terminal: boolean): void {
  if (child.pid === undefined) return;
  try {
    process.kill(terminal ? child.pid : -child.pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function interrupted(program: string): DevenvError {
  return new DevenvError('interrupted', `Interrupted: ${program} was ended.`);
}
