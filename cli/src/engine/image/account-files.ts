import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readFileFromTar } from '../container/tar.ts';
import type { Docker, PathFacts } from '../docker.ts';
import { readCached, writeCached } from '../host/json-cache.ts';

/** Changes when what is kept changes. */
const format = 1;

/** Tools that make images the same every time give every file one date, this or an earlier one. */
const oldestTelling = '1990-01-01';

/** Where the texts are kept, and what they belong to. */
export interface Keeping {
  cacheFolder: string;
  /** Digest of the lowest layer of the container's image. */
  lowestLayer: string;
}

/**
 * Text of a container's /etc/passwd or /etc/group; '' where there is none. Looking at it takes the
 * engine 5 ms, reading it 130: one that stands on the same layer and looks the same as one that
 * was read for another image is not read again.
 */
export async function readAccountFile(
  docker: Docker,
  container: string,
  path: string,
  keeping: Keeping,
): Promise<string> {
  const facts = await docker.stat(container, path);
  if (facts === undefined) return '';
  // What a link leads to has looks of its own.
  if (facts.linkTarget !== '' && facts.linkTarget !== path) {
    return (await readText(docker, container, facts.linkTarget)) ?? '';
  }
  if (facts.mtime < oldestTelling) return (await readText(docker, container, path)) ?? '';
  const file = cacheFile(path, facts, keeping);
  const kept = await readCached<string>(file, format);
  if (kept !== undefined) return kept;
  const text = (await readText(docker, container, path)) ?? '';
  await writeCached(file, format, text);
  return text;
}

function cacheFile(path: string, { looks }: PathFacts, { cacheFolder, lowestLayer }: Keeping) {
  const key = createHash('sha256').update([lowestLayer, path, looks].join('\n')).digest('hex');
  return join(accountsFolder(cacheFolder), `${key.slice(0, 32)}.json`);
}

export function accountsFolder(cacheFolder: string): string {
  return join(cacheFolder, 'accounts');
}

/** More than any list of accounts has; an image may hold anything by that name. */
const mostBytes = 1024 * 1024;

async function readText(
  docker: Docker,
  container: string,
  path: string,
): Promise<string | undefined> {
  const tar = await docker.getArchive(container, path);
  return tar && (await readFileFromTar(tar, mostBytes))?.toString();
}
