import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { DevenvError } from '../errors.ts';
import type { BuildFiles, BuildSource } from '../engine/image/build-files.ts';
import type { Person } from './person.ts';
import type { ContextRequest } from './read-context.ts';

/** Milliseconds that reading a context may take. */
const patience = 10 * 60 * 1000;

/** How many megabytes of memory the process may take for its own objects. */
const memory = 256;

/** Milliseconds in which it can be read what it has said until its end. */
const lastWords = 1_000;

/** Characters of what it has to say about a failure. */
const longestFailure = 16 * 1024;

/**
 * The files of a build, read by a process that has dropped to the person, with no other groups,
 * nothing of our environment and no way to the engine: it gives a tar, or a hash of one, on stdout.
 * Neither is believed. The tar is checked and written anew, the hash only names what is the
 * person's own, and the Dockerfile is the one that was judged.
 *
 * @param program The argv that starts devenv.
 * @param dockerfile The text that was judged.
 */
export function personalFiles(
  program: string[],
  person: Person,
  source: BuildSource,
  dockerfile: string,
): BuildFiles {
  const { dockerfile: path, context } = source;
  const ask = (wanted: ContextRequest['wanted'], sources: string[]): Child => {
    const request = { wanted, sources, dockerfile: path, context, home: person.home };
    return start(program, person, request);
  };
  return {
    readDockerfile: () => Promise.resolve(dockerfile),
    hashContext: async (sources) => {
      const child = ask('hash', sources);
      const ended = failureOf(child);
      const answer = await readHash(child);
      const failure = await ended;
      if (failure !== undefined) throw failure;
      if (!/^[0-9a-f]{64}$/.test(answer)) throw unreadable([]);
      return answer;
    },
    packContext: async (sources, onSent) => {
      const { checkContext } = await import('./check-context.ts');
      const child = ask('tar', sources);
      const packer = { failure: failureOf(child), stop: () => end(child) };
      const checked = checkContext(child.stdout, dockerfile, onSent, packer);
      checked.tar.once('close', packer.stop);
      return checked;
    },
    // It would take another look at the files, for a word more.
    explainMissing: () => Promise.resolve(undefined),
  };
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** With all that it has started; what has ended already is fine. */
function end({ pid, exitCode, signalCode }: Child): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  process.kill(-pid, 'SIGKILL');
}

function start(program: string[], person: Person, request: ContextRequest): Child {
  const { uid, gid, name, home } = person;
  const [node = '', ...args] = program;
  const child = spawn(node, [`--max-old-space-size=${memory}`, ...args, '__login-context'], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', HOME: home, USER: name, LOGNAME: name, LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'pipe'],
    uid,
    gid,
    // With a group of its own, for what it may start.
    detached: true,
  });
  const timer = setTimeout(() => end(child), patience);
  child.once('exit', () => clearTimeout(timer));
  child.stdin.on('error', () => {}).end(JSON.stringify(request));
  return child;
}

/** What it says, as far as a hash goes, after which it has nothing more to do. */
async function readHash(child: Child): Promise<string> {
  let said = '';
  for await (const chunk of child.stdout.setEncoding('ascii') as AsyncIterable<string>) {
    said += chunk;
    if (said.length > hashLength) {
      end(child);
      break;
    }
  }
  return said;
}

/** Of SHA-256, in hexadecimal digits. */
const hashLength = 64;

/** Why the process has not done what it was asked for; undefined: it has. */
async function failureOf(child: Child): Promise<DevenvError | undefined> {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said = (said + chunk).slice(0, longestFailure);
  });
  const status = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
  // Whatever it has started may hold the stream for ever.
  await Promise.race([finished(child.stderr), pause(lastWords)]);
  child.stderr.destroy();
  return status === 0 ? undefined : unreadable(said.trim() === '' ? [] : said.trim().split('\n'));
}

function unreadable(details: string[]): DevenvError {
  return new DevenvError('build_failed', 'What the Dockerfile copies cannot be read.', {
    hint: 'It is read with your rights, and none beside them.',
    details,
  });
}
