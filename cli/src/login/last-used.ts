import { mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WorkspaceFolder } from '../engine/host/workspace-folder.ts';

/** Notes that somebody is, or was until now, in a workspace. */
export async function noteUse(folder: WorkspaceFolder, now: Date): Promise<void> {
  const file = markOf(folder);
  try {
    await utimes(file, now, now);
  } catch {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, '');
  }
}

/** When somebody was in it last; undefined where nobody has been. */
export async function lastUse(folder: WorkspaceFolder): Promise<Date | undefined> {
  return (await stat(markOf(folder)).catch(() => undefined))?.mtime;
}

/** A file whose date says it. */
function markOf({ run }: WorkspaceFolder): string {
  return join(dirname(run), 'last-used');
}
