import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { createInterface } from 'node:readline';
import { DevenvError } from '../errors.ts';
import { runFolderInside } from '../plan/mounts.ts';
import type { Person } from './person.ts';
import { cacheHome } from './places.ts';

/** What the relay is told. */
export interface AgentRequest {
  /** SSH_AUTH_SOCK, which is the caller's word. */
  socketPath: string;
  /** Folder for the socket that sessions get. */
  folder: string;
}

const name = 'agent';

/** Milliseconds. */
const patience = 3_000;

/**
 * Offers the agent that the person has forwarded for the time of one session. The process that
 * connects to it has dropped to the person: what they name need not be an agent, and they get no
 * further with it than they would by themselves. Throws `session_failed`.
 *
 * @param program The argv that starts devenv.
 * @param runFolder What the container sees at /run/devenv.
 */
export async function forwardAgent(
  program: string[],
  { uid, gid, home }: Person,
  socketPath: string,
  runFolder: string,
): Promise<{ variables: Record<string, string>; close: () => void }> {
  const folder = join(runFolder, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chown(folder, uid, gid);
  const [node = '', ...args] = program;
  const child = spawn(node, [...args, '__login-agent'], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', XDG_CACHE_HOME: cacheHome, HOME: home },
    stdio: ['pipe', 'pipe', 'ignore'],
    uid,
    gid,
  });
  const close = (): void => void child.kill('SIGTERM');
  // It ends with its stdin, so that it does not outlive a broker that is killed.
  child.stdin.on('error', () => {}).write(`${JSON.stringify({ socketPath, folder })}\n`);
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(() => Promise.reject(notOffered()));
  ended.catch(() => undefined);
  const late = AbortSignal.timeout(patience);
  try {
    const [line] = (await Promise.race([once(lines, 'line', { signal: late }), ended])) as [string];
    if (!/^agent-[0-9a-f]+\.sock$/.test(line)) throw notOffered();
    child.unref();
    return { variables: { SSH_AUTH_SOCK: posix.join(runFolderInside, name, line) }, close };
  } catch (cause) {
    close();
    throw cause instanceof DevenvError ? cause : notOffered(cause);
  }
}

function notOffered(cause?: unknown): DevenvError {
  return new DevenvError('session_failed', 'The ssh agent that you forward cannot be offered.', {
    hint: 'Log in without it: ssh -a HOST',
    cause,
  });
}
