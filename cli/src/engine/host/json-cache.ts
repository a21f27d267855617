import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * What is kept in a file of the cache folder; undefined where nothing is, or something that was
 * written in another format.
 */
export async function readCached<T>(file: string, format: number): Promise<T | undefined> {
  try {
    const kept = JSON.parse(await readFile(file, 'utf8')) as { format: number; content: T };
    return kept.format === format ? kept.content : undefined;
  } catch {
    // Absent or cut off: everything in a cache can be found out again.
    return undefined;
  }
}

/** Keeps something, in one move. Where that is not possible the next call takes longer. */
export async function writeCached(file: string, format: number, content: unknown): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(unfinished, JSON.stringify({ format, content }));
    await rename(unfinished, file);
  } catch {
    // That is no reason to fail this call.
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
}
