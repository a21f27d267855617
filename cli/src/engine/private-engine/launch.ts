import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { DevenvError } from '../../errors.ts';
import type { DaemonCommand } from './daemon-command.ts';
import type { EngineFiles } from './engine-files.ts';
import { answersPing } from './ping.ts';
import { waitUntil } from './wait-until.ts';

/** Seconds for a dockerd to come up. It takes one; a large, slow disk takes many. */
const patience = 120;
const largestLog = 10 * 1024 * 1024;

/**
 * Starts the daemon in a process session of its own, so that it outlives this command and its
 * terminal, and waits until it answers. Fails with `engine_start_failed` and the end of its log.
 */
export async function launch(
  { argv: [program, ...args], environment }: DaemonCommand,
  files: EngineFiles,
  signal: AbortSignal,
): Promise<void> {
  const log = await openLog(files.log);
  const begin = (await log.stat()).size;
  const child = spawn(program, args, {
    cwd: '/',
    env: environment,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  try {
    await once(child, 'spawn');
    await ready(child, files, signal);
  } catch (error) {
    await end(child);
    throw error instanceof DevenvError && error.code === 'interrupted'
      ? error
      : await startFailed(program, files.log, begin, error);
  } finally {
    await log.close();
    child.unref();
  }
}

async function openLog(path: string): Promise<Awaited<ReturnType<typeof open>>> {
  const size = await stat(path).then(
    (facts) => facts.size,
    () => 0,
  );
  if (size > largestLog) await rename(path, `${path}.old`);
  return open(path, 'a', 0o600);
}

async function ready(child: ChildProcess, files: EngineFiles, signal: AbortSignal): Promise<void> {
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const inTime = await waitUntil(
    async () => hasEnded() || (await answersPing(files.socket)),
    patience,
    signal,
  );
  if (hasEnded())
    throw new Error(`it ended with ${child.signalCode ?? `status ${child.exitCode}`}`);
  if (!inTime) throw new Error(`it did not answer within ${patience} s`);
}

/** Nothing half-started is left; the daemon ends what it has started itself. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function startFailed(
  program: string,
  log: string,
  begin: number,
  cause: unknown,
): Promise<DevenvError> {
  const text = (await readFile(log)).subarray(begin).toString();
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DevenvError(
    'engine_start_failed',
    `The engine could not be started: ${program}: ${why}.`,
    {
      hint: `The whole log is in ${log}; "devenv doctor" checks what an engine needs.`,
      details: importantLines(text),
      cause,
    },
  );
}

function importantLines(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const important = lines.filter((line) =>
    /level=(error|fatal)|^(?!time=).*(failed|error|needs to be|cannot)/i.test(line),
  );
  return (important.length > 0 ? important : lines).slice(-10);
}
