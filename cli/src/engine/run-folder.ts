import { copyFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Puts a copy of a host file where the container sees it. A copy, since a file that is mounted
 * by itself stays the old one when the host replaces it; and only when it has changed.
 */
export async function shareFile(source: string, runFolder: string, name: string): Promise<void> {
  const target = join(runFolder, name);
  const [now, before] = await Promise.all([stat(source), stat(target).catch(() => undefined)]);
  if (before !== undefined && before.size === now.size && before.mtimeMs >= now.mtimeMs) return;
  const draft = `${target}.${process.pid}`;
  await copyFile(source, draft);
  await rename(draft, target);
}
