import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../host/paths.ts';
import type { LoadOptions } from './load.ts';

/** The file that belongs to a key, in a folder of the cache. */
export function cachePath(
  folder: 'config' | 'last-config',
  key: unknown,
  { environment, home }: Pick<LoadOptions, 'environment' | 'home'>,
): string {
  return join(cacheFolder(environment, home, process.platform), folder, `${digest(key)}.json`);
}

export function readCache(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Absent, or cut off by a crash: it is a cache.
    return undefined;
  }
}

export function writeCache(path: string, value: unknown): void {
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(draft, JSON.stringify(value), { mode: 0o600 });
    renameSync(draft, path);
  } catch {
    // Without the cache the next call takes longer; that is no reason to fail this one.
  }
}

export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
