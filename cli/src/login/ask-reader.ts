import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { DevenvError } from '../errors.ts';
import type { Person } from './person.ts';
import { cacheHome } from './places.ts';
import type { ReadingRequest } from './reading.ts';

/** Seconds of a processor that the reader may take; reading takes a third of one. */
const mostProcessorTime = 5;

/**
 * Milliseconds until it counts as hanging, on files that do not answer. Fifty logins at once share
 * the processors, so that time by the clock says nothing of what one of them does.
 */
const patience = 60_000;

/** Bytes of its answer. */
const mostBytes = 1024 * 1024;

/** How many megabytes of memory the reader may take for what somebody else has written. */
const memory = 192;

/** Node's own options for the reader: what it has compiled before holds for these alone. */
export const readerFlags = [`--max-old-space-size=${memory}`];

const environment = { PATH: '/usr/bin:/bin', XDG_CACHE_HOME: cacheHome, LC_ALL: 'C.UTF-8' };

/**
 * Has a repository read by a process that has dropped to the person, with no other groups, nothing
 * of our environment and no file of ours open. What it answers is somebody else's words. Throws
 * `denied` where it gives no answer, or none in time.
 *
 * @param program The argv that starts devenv, such as node and devenv.cjs.
 */
export async function askReader(
  program: string[],
  { uid, gid, name, home }: Person,
  request: ReadingRequest,
): Promise<unknown> {
  const [node = '', ...args] = program;
  const reader = [node, ...readerFlags, ...args, '__login-read'];
  const limited = `ulimit -t ${mostProcessorTime}; exec "$@"`;
  const child = spawn('/bin/sh', ['-c', limited, 'sh', ...reader], {
    cwd: '/',
    env: { ...environment, HOME: home, USER: name, LOGNAME: name },
    stdio: ['pipe', 'pipe', 'ignore'],
    uid,
    gid,
    timeout: patience,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  child.stdin.on('error', () => {}).end(JSON.stringify(request));
  const [answer] = await Promise.all([readAtMost(child.stdout, mostBytes), ended]);
  try {
    return JSON.parse(answer);
  } catch (cause) {
    child.kill('SIGKILL');
    throw new DevenvError('denied', `The repository cannot be read.`, {
      hint: 'Its devenv.yaml has to be a plain file of a reasonable size that you can read.',
      cause,
    });
  }
}

/** Gives what came until then where there is too much: it is no JSON any more. */
async function readAtMost(stream: Readable, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
