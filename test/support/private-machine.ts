import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { openPrivateMounts } from './login/private-mounts.ts';

export type PrivateMachine = Awaited<ReturnType<typeof makePrivateMachine>>;

/** This machine, with the folders in which it is set up changed for nobody else. */
export async function makePrivateMachine() {
  const mounts = await openPrivateMounts([
    '/etc',
    '/usr/local',
    '/var/cache',
    '/var/lib',
    '/var/log',
    '/run',
  ]);

  /** Runs a program there, with a small environment; any exit code is an answer. */
  async function run(argv: string[], env: Record<string, string> = {}) {
    const [program = '', ...args] = [...mounts.enter, ...argv];
    const { stdout, stderr, exitCode } = await execa(program, args, {
      cwd: '/',
      env: { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', ...env },
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      stripFinalNewline: false,
    });
    return { stdout, stderr, exitCode };
  }

  /** Files and folders that are not as they are on the real machine. */
  async function differences(): Promise<string[]> {
    const changed = ['/etc', '/usr/local', '/var/lib/devenv/login', '/var/log/devenv'].map((path) =>
      changedFrom(path, mounts.path(path)),
    );
    return (await Promise.all(changed)).flat().sort();
  }

  return { run, path: mounts.path, differences, dispose: mounts.close };
}

async function changedFrom(real: string, own: string): Promise<string[]> {
  const [before, after] = await Promise.all([look(real), look(own)]);
  const names = new Set([...(before?.names ?? []), ...(after?.names ?? [])]);
  const below = [...names].map((name) => changedFrom(join(real, name), join(own, name)));
  const same = before?.looks === after?.looks && (await isSameText(real, before, own, after));
  return [...(same ? [] : [real]), ...(await Promise.all(below)).flat()];
}

interface Looks {
  looks: string;
  /** When it was written: of a file that nobody has touched, the same. */
  time: number;
  isFile: boolean;
  names: string[];
}

async function look(path: string): Promise<Looks | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  const { mode, uid, gid, mtimeMs } = stats;
  const names = stats.isDirectory() ? await readdir(path) : [];
  return { looks: [mode, uid, gid].join(), time: mtimeMs, isFile: stats.isFile(), names };
}

async function isSameText(
  real: string,
  before: Looks | undefined,
  own: string,
  after: Looks | undefined,
): Promise<boolean> {
  if (before?.isFile !== true || before.time === after?.time) return true;
  return (await readFile(real)).equals(await readFile(own));
}
