import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HooksDone } from '../../plan/world.ts';

/** The host's folder for one workspace: what its container sees at /run/devenv, and notes. */
export interface WorkspaceFolder {
  /** Mounted at /run/devenv. */
  run: string;
  /** What the certificates in `run` were made from. */
  certificates: string;
  hooks: string;
  lock: string;
  buildLog: string;
}

export function workspaceFolder(stateFolder: string, id: string): WorkspaceFolder {
  const folder = join(stateFolder, 'workspaces', id);
  return {
    run: join(folder, 'run'),
    certificates: join(folder, 'certificates.json'),
    hooks: join(folder, 'hooks.json'),
    lock: join(folder, 'lock'),
    buildLog: join(folder, 'build.log'),
  };
}

/**
 * Makes the folder that the container sees at /run/devenv. A user of the image may be somebody
 * else than the caller, and has to read the certificates there; what is private in it has modes
 * of its own.
 */
export async function makeRunFolder({ run }: WorkspaceFolder): Promise<void> {
  await mkdir(run, { recursive: true });
  await chmod(run, 0o755);
}

/** A workspace has a container and, while it is replaced, the one before it. */
const remembered = 2;

/** Which hooks have succeeded, newest container first; where nothing is noted, they run again. */
export async function readHooksDone(folder: WorkspaceFolder): Promise<HooksDone[]> {
  const text = await readFile(folder.hooks, 'utf8').catch(() => '[]');
  try {
    const done = JSON.parse(text) as HooksDone[];
    return Array.isArray(done) ? done : [];
  } catch {
    // Cut off by a crash. Hooks may run twice, but are never left out.
    return [];
  }
}

/** Notes hooks that have succeeded, in one move, so that no reader sees half of it. */
export async function writeHooksDone(folder: WorkspaceFolder, done: HooksDone): Promise<void> {
  const before = await readHooksDone(folder);
  const others = before.filter(({ containerId }) => containerId !== done.containerId);
  const all = [done, ...others].slice(0, remembered);
  await mkdir(dirname(folder.hooks), { recursive: true });
  const draft = `${folder.hooks}.${process.pid}`;
  await writeFile(draft, JSON.stringify(all));
  await rename(draft, folder.hooks);
}
