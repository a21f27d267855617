import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Person } from './person.ts';

/** The locks of a person's workspaces that are held now, or were never released. */
export async function heldLocks({ user }: Person): Promise<string[]> {
  const folder = join(user.home, '.local/state/devenv/workspaces');
  const files = await readdir(folder, { recursive: true });
  return files.filter((file) => file.endsWith('.lock'));
}
