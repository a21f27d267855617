import { createHash, type Hash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { createTimeSlices } from '../host/time-slices.ts';
import { contextCacheFile, openContextCache, type ContextCache } from './context-cache.ts';
import { walkContext, type ContextEntry } from './context-walk.ts';
import { readDockerignore } from './dockerignore.ts';
import { readFlags, readSmallFile } from './small-file.ts';

const allBits = 0o7777;

/** What git keeps of a mode: the rest is the umask of who has cloned, and no two machines' alike. */
const gitBits = 0o7100;

/**
 * Hash of what `sources` names in the context of a build: paths, kinds, modes and contents, without
 * what .dockerignore leaves out. With a `cacheFolder`, files that have not changed since an earlier
 * call are not read again.
 */
export async function hashContext(
  source: { dockerfile: string; context: string; registry?: string | undefined },
  sources: string[],
  cacheFolder?: string,
): Promise<string> {
  const hash = createHash('sha256');
  const modeBits = source.registry === undefined ? allBits : gitBits;
  const slices = createTimeSlices();
  const root = await realpath(source.context);
  const ignore = await readDockerignore(source.dockerfile, source.context);
  const cache = await openContextCache(
    cacheFolder === undefined ? undefined : contextCacheFile(cacheFolder, source),
  );
  // It is the build that complains about what cannot be read.
  const failures: string[] = [];
  const onUnreadable = (path: string): void => void failures.push(path, unreadable);
  for await (const entries of walkContext({ root, ignore, sources, onUnreadable })) {
    const parts: string[] = [];
    for (const entry of entries) {
      if (slices.isOver()) await slices.next();
      const content = contentWithoutReading(entry, cache) ?? (await hashFile(entry, cache));
      parts.push(entry.path, entry.type, String(entry.stats.mode & modeBits), content);
    }
    addParts(hash, ...parts);
  }
  addParts(hash, ...failures);
  await cache.save();
  return hash.digest('hex');
}

function contentWithoutReading(
  { path, type, absolute, stats }: ContextEntry,
  cache: ContextCache,
): string | undefined {
  if (type === 'file') return cache.find(path, stats);
  if (type === 'symlink') return linkTarget(absolute);
  return type.endsWith('device') ? String(stats.rdev) : '';
}

function linkTarget(absolute: string): string {
  try {
    return readlinkSync(absolute);
  } catch {
    return unreadable;
  }
}

/** What is gone since it was listed, or may not be read: the build says so, if it comes to that. */
const unreadable = 'unreadable';

async function hashFile(
  { path, absolute, stats }: ContextEntry,
  cache: ContextCache,
): Promise<string> {
  const hash = createHash('sha256');
  try {
    const content = readSmallFile(absolute, stats);
    if (content !== undefined) hash.update(content);
    else await hashStream(hash, absolute);
  } catch {
    return unreadable;
  }
  const digest = hash.digest('hex');
  cache.keep(path, stats, digest);
  return digest;
}

async function hashStream(hash: Hash, absolute: string): Promise<void> {
  const file = await open(absolute, readFlags);
  for await (const chunk of file.createReadStream()) hash.update(chunk as Buffer);
}

/** With separators that no path, and no hash, contains. */
export function addParts(hash: Hash, ...parts: string[]): void {
  // One call, since each costs as much as hashing a short text.
  if (parts.length > 0) hash.update(`${parts.join('\0')}\0`);
}
