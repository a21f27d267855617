import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/*
 * This machine with folders that can be changed without anybody else seeing it: a mount namespace
 * in which what is written to them goes to memory.
 */

const covered = ['etc', 'usr/local', 'var'];

const mounts = [
  'set -e',
  'mount --make-rprivate /',
  'mount -t tmpfs tmpfs /mnt',
  ...covered.flatMap((folder) => {
    const own = `/mnt/${folder}`;
    const options = `lowerdir=/${folder},upperdir=${own}/upper,workdir=${own}/work`;
    return [
      `mkdir -p ${own}/upper ${own}/work`,
      `mount -t overlay -o ${options} overlay /${folder}`,
    ];
  }),
  'mount -t tmpfs -o mode=755 tmpfs /run',
].join('\n');

/** Why there can be none here; undefined where there can. */
export const noPrivateMachine = whyNot();

function whyNot(): string | undefined {
  if (userInfo().uid !== 0) return 'only root can cover folders of this machine';
  const { status } = spawnSync('unshare', ['--mount', 'sh', '-c', mounts]);
  return status === 0 ? undefined : 'folders cannot be covered here';
}

export type PrivateMachine = Awaited<ReturnType<typeof makePrivateMachine>>;

export async function makePrivateMachine() {
  const holder = spawn('unshare', ['--mount', 'sh', '-c', `${mounts}\necho ready; exec cat`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const pid = holder.pid!;

  /** Runs a program there, with a small environment; any exit code is an answer. */
  async function run(argv: string[], options: { input?: string; env?: NodeJS.ProcessEnv } = {}) {
    const env = { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' };
    const inside = ['--target', String(pid), '--mount', '--wd=/', '--', ...argv];
    const { stdout, stderr, exitCode } = await execa('nsenter', inside, {
      env: { ...env, ...options.env },
      extendEnv: false,
      input: options.input ?? '',
      reject: false,
      stripFinalNewline: false,
    });
    return { stdout, stderr, exitCode };
  }

  /** Where a file of it is seen from outside. */
  function path(inside: string): string {
    return join(`/proc/${pid}/root`, inside);
  }

  /** The files and folders that are not as they are on the real machine. */
  async function differences(): Promise<string[]> {
    const all = await Promise.all(covered.map((folder) => changedBelow(path('/mnt'), folder)));
    return all.flat().sort();
  }

  async function dispose(): Promise<void> {
    holder.stdin.end();
    await once(holder, 'exit');
  }

  return { run, path, differences, dispose };
}

async function changedBelow(upper: string, folder: string): Promise<string[]> {
  const changed: string[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const name of await readdir(join(upper, folder, 'upper', below))) {
      const file = join(below, name);
      const real = join('/', folder, file);
      const isFolder = (await lstat(join(upper, folder, 'upper', file))).isDirectory();
      if (!(await isSame(join(upper, folder, 'upper', file), real))) changed.push(real);
      if (isFolder) await walk(file);
    }
  };
  await walk('');
  return changed;
}

async function isSame(own: string, real: string): Promise<boolean> {
  const stats = await lstat(own);
  const there = await lstat(real).catch(() => undefined);
  // What was there is marked as gone by a device.
  if (stats.isCharacterDevice()) return there === undefined;
  if (there?.mode !== stats.mode || there.uid !== stats.uid || there.gid !== stats.gid)
    return false;
  return !stats.isFile() || (await readFile(own)).equals(await readFile(real));
}
