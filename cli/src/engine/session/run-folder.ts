import { randomBytes } from 'node:crypto';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Puts a text of the host where everybody in the container can read it, in one move, since a
 * session may be reading it. A copy, since a file that is mounted by itself stays the old one
 * when the host replaces it; and only when it has changed.
 */
export async function shareText(text: string, runFolder: string, name: string): Promise<void> {
  const target = join(runFolder, name);
  const before = await readFile(target, 'utf8').catch(() => undefined);
  if (before === text) return;
  const draft = `${target}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, text);
  await chmod(draft, 0o644);
  await rename(draft, target);
}
