import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those above it, and fails where one cannot be made: Node's own way tries for
 * ever below /proc, where it is said of each new folder that the one above it is missing.
 */
export async function makeFolders(path: string, mode: number): Promise<void> {
  const first = await make(path, mode);
  if (first !== 'ENOENT' || path === dirname(path)) return;
  await makeFolders(dirname(path), mode);
  const second = await make(path, mode);
  if (second === 'ENOENT') throw new Error(`the folder ${path} cannot be made`);
}

/** What is there already is found out by whoever writes into it. */
async function make(path: string, mode: number): Promise<string | undefined> {
  try {
    await mkdir(path, { mode });
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') return code;
    throw error;
  }
}
