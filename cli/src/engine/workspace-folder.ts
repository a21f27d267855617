import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HooksDone } from '../plan/world.ts';

/** The host's folder for one workspace: what its container sees at /run/devenv, and notes. */
export interface WorkspaceFolder {
  /** Mounted at /run/devenv. */
  run: string;
  hooks: string;
  lock: string;
  buildLog: string;
}

export function workspaceFolder(stateFolder: string, id: string): WorkspaceFolder {
  const folder = join(stateFolder, 'workspaces', id);
  return {
    run: join(folder, 'run'),
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

/** Which hooks have succeeded; undefined when nothing is noted, and they run again. */
export async function readHooksDone(folder: WorkspaceFolder): Promise<HooksDone | undefined> {
  const text = await readFile(folder.hooks, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as HooksDone;
  } catch {
    // Cut off by a crash. Hooks may run twice, but are never left out.
    return undefined;
  }
}

/** Notes hooks that have succeeded, in one move, so that no reader sees half of it. */
export async function writeHooksDone(folder: WorkspaceFolder, done: HooksDone): Promise<void> {
  await mkdir(dirname(folder.hooks), { recursive: true });
  const draft = `${folder.hooks}.${process.pid}`;
  await writeFile(draft, JSON.stringify(done));
  await rename(draft, folder.hooks);
}
