import { lstat } from 'node:fs/promises';

/** Only where the system says that there is nothing: what cannot be looked at is not gone. */
export async function isFolderGone(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return false;
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}
