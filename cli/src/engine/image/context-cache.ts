import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createTimeSlices } from '../host/time-slices.ts';

/** Hashes of files as they were when they were last read, by what a look at them shows. */
export interface ContextCache {
  /** The hash of a file that has not changed since; undefined where that is not certain. */
  find(path: string, stats: Stats): string | undefined;
  /** `stats` are from before the file was read, so that a change meanwhile is noticed. */
  keep(path: string, stats: Stats, hash: string): void;
  /** Leaves on disk what was found and kept, and nothing else. */
  save(): Promise<void>;
}

/** The file in which the cache of what a Dockerfile takes from a context is kept. */
export interface ContextCacheFile {
  path: string;
  /** The context's absolute path, which is kept with it. */
  context: string;
}

export function contextCacheFile(
  cacheFolder: string,
  { dockerfile, context }: { dockerfile: string; context: string },
): ContextCacheFile {
  const key = createHash('sha256').update(`${context}\0${dockerfile}`).digest('hex');
  return { path: join(contextCaches(cacheFolder), `${key.slice(0, 32)}.txt`), context };
}

export function contextCaches(cacheFolder: string): string {
  return join(cacheFolder, 'contexts');
}

/** The context that a cache is of; undefined for one of another format, which nothing reads. */
export async function contextOfCache(path: string): Promise<string | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longestStart));
    const [first, context = ''] = buffer.toString('utf8', 0, bytesRead).split('\n');
    return `${first}\n` === firstLine ? (JSON.parse(context) as string) : undefined;
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

/** Bytes: more than the first two lines have. */
const longestStart = 8192;

/**
 * Reads the cache of one context: a file of lines, which may be deleted at any time. One that is
 * absent, cut off or of another format counts as empty. Without a file, nothing is remembered.
 */
export async function openContextCache(file: ContextCacheFile | undefined): Promise<ContextCache> {
  const before = file === undefined ? new Map<string, string>() : await readLines(file.path);
  const found: string[] = [];
  const added: string[] = [];
  const opened = Date.now();
  return {
    find(path, stats) {
      const line = before.get(path);
      const look = lookOf(stats);
      if (line?.startsWith(look) !== true) return undefined;
      found.push(path);
      return line.slice(look.length);
    },
    keep(path, stats, hash) {
      if (isTooYoung(stats, opened) || path.includes('\n')) return;
      added.push(`${lookOf(stats)}${hash}\t${path}\n`);
    },
    async save() {
      if (file === undefined) return;
      if (added.length === 0 && found.length === before.size) return;
      await write(file, [...found.map((path) => `${before.get(path)}\t${path}\n`), ...added]);
    },
  };
}

/** Changes when what the file holds changes, so that older ones are read no more. */
const firstLine = 'devenv context 2\n';

/** Proof that nothing is cut off. */
const lastLine = 'end\n';

/** What changes when a file is written, replaced, or made to look as before with `touch`. */
function lookOf({ size, mtimeMs, ctimeMs, ino, dev, mode }: Stats): string {
  return `${size} ${mtimeMs} ${ctimeMs} ${ino} ${dev} ${mode}\t`;
}

/**
 * A file that was changed just now can be changed again without looking different, where time
 * stamps are coarse: two seconds on FAT. Git calls it racily clean.
 */
function isTooYoung({ mtimeMs, ctimeMs }: Stats, now: number): boolean {
  return Math.max(mtimeMs, ctimeMs) > now - coarsestStamp;
}

/** Milliseconds. */
const coarsestStamp = 2000;

/** What stands before the path, by path. */
async function readLines(file: string): Promise<Map<string, string>> {
  const lines = new Map<string, string>();
  const text = await readFile(file, 'utf8').catch(() => '');
  if (!text.startsWith(firstLine) || !text.endsWith(`\n${lastLine}`)) return lines;
  const slices = createTimeSlices();
  const last = text.length - lastLine.length;
  // The second line names the context.
  for (let start = text.indexOf('\n', firstLine.length) + 1; start < last;) {
    const end = text.indexOf('\n', start);
    const hash = text.indexOf('\t', start) + 1;
    const path = text.indexOf('\t', hash) + 1;
    lines.set(text.slice(path, end), text.slice(start, path - 1));
    start = end + 1;
    if (slices.isOver()) await slices.next();
  }
  return lines;
}

async function write({ path, context }: ContextCacheFile, lines: string[]): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(unfinished, chunksOf(context, lines), { mode: 0o600 });
    await rename(unfinished, path);
  } catch {
    // Without the cache the next call takes longer; that is no reason to fail this one.
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
}

/** Large enough for few writes, small enough for everything else to have its turn. */
function* chunksOf(context: string, lines: string[]): Generator<string> {
  yield `${firstLine}${JSON.stringify(context)}\n`;
  for (let start = 0; start < lines.length; start += 4096) {
    yield lines.slice(start, start + 4096).join('');
  }
  yield lastLine;
}
