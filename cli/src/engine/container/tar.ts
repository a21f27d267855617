import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/** One thing to put into a container; for a link, `content` is what it points to. */
export interface TarEntry {
  path: string;
  content?: string | Buffer;
  mode: number;
  uid: number;
  gid: number;
  mtime?: Date | undefined;
  /** A `link` is a hard one: it names a path of the same tar. */
  type?: 'file' | 'directory' | 'symlink' | 'link';
}

/** A tar of `entries`, in their order, as Docker.putArchive takes it. */
export async function packFiles(entries: TarEntry[]): Promise<Buffer> {
  const { pack } = await import('tar-stream');
  const tar = pack();
  for (const { path, content = '', mode, uid, gid, mtime, type = 'file' } of entries) {
    const header = { name: path, mode, uid, gid, type, ...(mtime && { mtime }) };
    if (type === 'file') tar.entry(header, content);
    else tar.entry(type === 'directory' ? header : { ...header, linkname: content.toString() });
  }
  tar.finalize();
  return buffer(tar);
}

/** Bytes of a text: one that is longer is none, whatever an image has in its place. */
const longestText = 32 * 1024 * 1024;

/**
 * Everything in a Docker.getArchive stream but devices and the like, and but files that do not fit
 * into `most` bytes any more: all of it is held in memory.
 */
export async function readEntries(source: Readable, most = Infinity): Promise<TarEntry[]> {
  const { extract } = await import('tar-stream');
  const tar = extract();
  source.on('error', (error) => tar.destroy(error)).pipe(tar);
  const entries: TarEntry[] = [];
  let left = most;
  for await (const entry of tar) {
    const { name, type, mode = 0o644, uid = 0, gid = 0, mtime, linkname, size = 0 } = entry.header;
    left -= size + entryBytes;
    if (left < 0) {
      entry.resume();
      continue;
    }
    const bytes = await buffer(entry);
    if (type !== 'file' && type !== 'directory' && type !== 'symlink' && type !== 'link') continue;
    const content = type === 'file' ? bytes : (linkname ?? '');
    entries.push({ path: name, type, mode, uid, gid, mtime, content });
  }
  return entries;
}

/**
 * The content of the file a Docker.getArchive stream holds; undefined when it is not a file, or
 * has more than `most` bytes.
 */
export async function readFileFromTar(
  source: Readable,
  most = longestText,
): Promise<Buffer | undefined> {
  const { extract } = await import('tar-stream');
  let content: Buffer | undefined;
  const tar = extract();
  tar.on('entry', (header, entry, next) => {
    if (header.type !== 'file' || content !== undefined || (header.size ?? 0) > most) {
      entry.resume();
      next();
      return;
    }
    buffer(entry).then((bytes) => {
      content = bytes;
      next();
    }, next);
  });
  await pipeline(source, tar);
  return content;
}

/** What an entry takes besides its content, at least. */
const entryBytes = 512;

/** The text of the files in a Docker.getArchive stream whose path is wanted, by that path. */
export async function readTextsFromTar(
  source: Readable,
  isWanted: (path: string) => boolean,
): Promise<Record<string, string>> {
  const { extract } = await import('tar-stream');
  const tar = extract();
  source.on('error', (error) => tar.destroy(error)).pipe(tar);
  const texts: Record<string, string> = {};
  for await (const entry of tar) {
    const { name, type, size = 0 } = entry.header;
    if (type === 'file' && size <= longestText && isWanted(name))
      texts[name] = (await buffer(entry)).toString();
    else entry.resume();
  }
  return texts;
}

/** The uid of the first thing in a Docker.getArchive stream, of which no more is read. */
export async function readOwner(source: Readable): Promise<number | undefined> {
  const { extract } = await import('tar-stream');
  const tar = extract();
  source.on('error', (error) => tar.destroy(error)).pipe(tar);
  try {
    for await (const { header } of tar) return header.uid;
    return undefined;
  } finally {
    source.destroy();
  }
}
