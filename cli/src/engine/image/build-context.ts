import { readlinkSync } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Pack } from 'tar-stream';
import { DevenvError } from '../../errors.ts';
import { createTimeSlices } from '../host/time-slices.ts';
import { isVanished, walkContext, type ContextEntry } from './context-walk.ts';
import { readDockerignore, type Dockerignore } from './dockerignore.ts';
import { leadingFiles, type MemoryFile } from './leading-files.ts';
import { readFlags, readSmallFile } from './small-file.ts';
import { deviceNumbers, headerOf, inodeOf, type EntryHeader } from './tar-header.ts';

interface ContextSource {
  /** Absolute host paths. */
  dockerfile: string;
  context: string;
  /** What the Dockerfile copies, as `copySources` gives it; nothing else is sent. */
  sources: string[];
  /** Told, as it goes, how many bytes have been sent. */
  onSent: (bytes: number) => void;
  /** Leaves out what the engine reads itself: the Dockerfile, and .dockerignore for its sake. */
  bare?: boolean;
}

/** A build context on its way to the engine. */
export interface BuildContext {
  /** A tar, made while it is read: memory does not grow with the context. */
  tar: Readable;
  /** The Dockerfile's path inside it. */
  dockerfile: string;
}

/**
 * Packs what the Dockerfile can copy, as `docker build` sends it: without what .dockerignore
 * leaves out, owned by root, with the Dockerfile, which may lie outside the context.
 * The stream fails with `build_failed` where something cannot be read.
 */
export async function packContext({
  dockerfile,
  context,
  sources,
  onSent,
  bare = false,
}: ContextSource): Promise<BuildContext> {
  const { root, ignore, entries } = await openContext({ dockerfile, context, sources });
  const none = { files: [], dockerfile: '' };
  const first = bare ? none : await leadingFiles(dockerfile, root, ignore);
  const chunks = inLargerChunks(pack(first.files, entries()));
  return {
    tar: Readable.from(count(chunks, onSent), { objectMode: false }),
    dockerfile: first.dockerfile,
  };
}

/**
 * What the Dockerfile can copy, as it is to be found by who asks for it. Nothing is read before
 * that. Fails as packContext does.
 */
export async function openContext({
  dockerfile,
  context,
  sources,
}: Omit<ContextSource, 'onSent' | 'bare'>): Promise<{
  root: string;
  ignore: Dockerignore;
  entries: () => AsyncIterable<ContextEntry[]>;
}> {
  const root = await realpath(context);
  const ignore = await readDockerignore(dockerfile, context);
  const onUnreadable = (path: string, cause: unknown): never => {
    throw unreadable(join(root, path), path, cause);
  };
  return { root, ignore, entries: () => walkContext({ root, ignore, sources, onUnreadable }) };
}

async function* count(
  chunks: AsyncIterable<Buffer>,
  onSent: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    onSent(bytes);
  }
}

/** What reads the chunks spends time on each: so many small ones become few. */
async function* inLargerChunks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < largerChunk) continue;
    yield waiting.length === 1 ? chunk : Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  yield Buffer.concat(waiting);
}

const largerChunk = 64 * 1024;

async function* pack(
  first: MemoryFile[],
  entries: AsyncIterable<ContextEntry[]>,
): AsyncGenerator<Buffer> {
  const { pack: createPack } = await import('tar-stream');
  const tar = createPack();
  const filling = fill(tar, first, entries).then(
    () => {
      tar.finalize();
    },
    (error: Error) => {
      tar.destroy(error);
    },
  );
  try {
    yield* tar as AsyncIterable<Buffer>;
  } finally {
    tar.destroy();
    await filling;
  }
}

async function fill(
  tar: Pack,
  first: MemoryFile[],
  entries: AsyncIterable<ContextEntry[]>,
): Promise<void> {
  const slices = createTimeSlices();
  const sent = new Set(first.map(({ header }) => header.name));
  const inodes = new Map<string, string>();
  for (const { header, content } of first) await add(tar, header, content);
  for await (const batch of entries) {
    for (const entry of batch) {
      if (tar.destroyed) return;
      if (!sent.has(entry.path)) await addEntry(tar, entry, inodes);
      if (slices.isOver()) await slices.next();
    }
  }
}

/** `inodes` has the path of each file with several names that was added, by its inode. */
async function addEntry(
  tar: Pack,
  entry: ContextEntry,
  inodes: Map<string, string>,
): Promise<void> {
  const { path, absolute, type, stats } = entry;
  const header = { ...headerOf(stats), name: path, type };
  const inode = inodeOf(entry);
  const linked = inode && inodes.get(inode);
  try {
    if (linked !== undefined) await add(tar, { ...header, type: 'link', linkname: linked });
    else if (type === 'file') await addFile(tar, header, entry);
    else if (type === 'symlink') await add(tar, { ...header, linkname: readlinkSync(absolute) });
    else if (type === 'directory') await add(tar, { ...header, name: `${path}/` });
    else await add(tar, { ...header, ...deviceNumbers(stats) });
  } catch (error) {
    if (isVanished(error)) return;
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EACCES' || code === 'EPERM' || code === 'EIO'
      ? unreadable(absolute, path, error)
      : error;
  }
  if (inode !== undefined && linked === undefined) inodes.set(inode, path);
}

/** However the file grows meanwhile, no more is read than its header says. */
async function addFile(
  tar: Pack,
  header: EntryHeader,
  { absolute, stats }: ContextEntry,
): Promise<void> {
  const content = readSmallFile(absolute, stats);
  if (content !== undefined) return add(tar, { ...header, size: content.length }, content);
  const handle = await open(absolute, readFlags);
  try {
    const { size } = await handle.stat();
    await add(tar, { ...header, size }, readExactly(handle, size, absolute));
  } finally {
    await handle.close();
  }
}

/** Bytes that are read at once of a large file: with Node's own 64 KB, it takes twice as long. */
const highWaterMark = 512 * 1024;

async function* readExactly(
  handle: FileHandle,
  size: number,
  absolute: string,
): AsyncGenerator<Buffer> {
  let left = size;
  const chunks = handle.createReadStream({ autoClose: false, end: size - 1, highWaterMark });
  for await (const chunk of chunks) {
    left -= (chunk as Buffer).length;
    yield chunk as Buffer;
  }
  if (left === 0) return;
  throw new DevenvError('build_failed', `${absolute} changed while it was being sent.`, {
    hint: 'Run the same command again, or name what changes all the time in .dockerignore.',
  });
}

/** Writes one entry, waiting until the tar's reader has taken it. */
async function add(
  tar: Pack,
  header: EntryHeader,
  content?: Buffer | AsyncIterable<Buffer>,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null): void => {
      if (error) reject(error);
      else resolve();
    };
    if (content === undefined) tar.entry(header, done);
    else if (Buffer.isBuffer(content)) tar.entry(header, content, done);
    else pipeline(content, tar.entry(header, done)).catch(reject);
  });
}

/** Why something of a context cannot be sent, with what to do about it. */
export function unreadable(absolute: string, path: string, cause: unknown): DevenvError {
  if (path.includes('\uFFFD')) {
    return new DevenvError('build_failed', `The name of ${absolute} is not UTF-8.`, {
      hint: 'Rename it, or name it in .dockerignore, with * for what is not shown.',
      cause,
    });
  }
  return new DevenvError('build_failed', `${absolute} cannot be read, so it cannot be sent.`, {
    hint: `Make it readable for you, or name it in .dockerignore: ${path || '*'}`,
    cause,
  });
}
