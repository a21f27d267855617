import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sessionsFolder } from './places.ts';

/** Somebody who is logged in. */
export interface LoginSession {
  uid: number;
  user: string;
  /** Of the broker. */
  pid: number;
  /** When that process began, in the kernel's ticks: a pid alone is given out again. */
  ticks: string;
  /** ISO 8601. */
  since: string;
  from: string | undefined;
  repository: string;
  container: string;
  tty: boolean;
}

/** All who are logged in; what a killed broker has left is tidied up. */
export async function listSessions(folder = sessionsFolder): Promise<LoginSession[]> {
  const names = await readdir(folder).catch(() => []);
  const sessions = await Promise.all(
    names.map(async (name) => {
      const session = await readSession(join(folder, name));
      if (session !== undefined && (await ticksOf(session.pid)) === session.ticks) return session;
      if (session !== undefined) await rm(join(folder, name), { force: true });
      return undefined;
    }),
  );
  return sessions.filter((session) => session !== undefined).sort(earlierFirst);
}

/** Enters this process; gives what takes it out again. */
export async function enterSession(
  session: Omit<LoginSession, 'pid' | 'ticks'>,
  folder = sessionsFolder,
): Promise<{ session: LoginSession; leave: () => Promise<void> }> {
  const { pid } = process;
  const entered = { ...session, pid, ticks: (await ticksOf(pid)) ?? '' };
  const file = join(folder, `${session.uid}.${pid}.json`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // In one move: nobody shall find half of it.
  const draft = join(folder, `.${pid}`);
  await writeFile(draft, JSON.stringify(entered), { mode: 0o600 });
  await rename(draft, file);
  return { session: entered, leave: () => rm(file, { force: true }) };
}

/** Of one person's sessions, how many had begun before that one. */
export function rankOf(session: LoginSession, all: LoginSession[]): number {
  const own = all.filter(({ uid }) => uid === session.uid).sort(earlierFirst);
  return own.findIndex(({ pid }) => pid === session.pid);
}

export function earlierFirst(one: LoginSession, other: LoginSession): number {
  if (one.since !== other.since) return one.since < other.since ? -1 : 1;
  return one.pid - other.pid;
}

async function readSession(file: string): Promise<LoginSession | undefined> {
  if (!file.endsWith('.json')) return undefined;
  try {
    return JSON.parse(await readFile(file, 'utf8')) as LoginSession;
  } catch {
    // It has just ended.
    return undefined;
  }
}

/** The 22nd field of proc_pid_stat(5); undefined when there is no such process. */
async function ticksOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}
