import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Header } from 'tar-stream';

/** One thing to put into a container; for a symlink, `content` is what it points to. */
export interface TarEntry {
  path: string;
  content?: string | Buffer;
  mode: number;
  uid: number;
  gid: number;
  type?: 'file' | 'directory' | 'symlink';
}

/** A tar of `entries`, in their order, as Docker.putArchive takes it. */
export async function packFiles(entries: TarEntry[]): Promise<Buffer> {
  const { pack } = await import('tar-stream');
  const tar = pack();
  for (const { path, content = '', mode, uid, gid, type = 'file' } of entries) {
    const header = { name: path, mode, uid, gid, type };
    if (type === 'file') tar.entry(header, content);
    else tar.entry(type === 'symlink' ? { ...header, linkname: content.toString() } : header);
  }
  tar.finalize();
  return buffer(tar);
}

/** The content of the file a Docker.getArchive stream holds; undefined when it is not a file. */
export async function readFileFromTar(source: Readable): Promise<Buffer | undefined> {
  const { extract } = await import('tar-stream');
  let content: Buffer | undefined;
  const tar = extract();
  tar.on('entry', (header, entry, next) => {
    if (header.type !== 'file' || content !== undefined) {
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

/**
 * The same tar with another owner everywhere and `newRoot` in place of the first component of
 * every path, so that /etc/skel as Docker.getArchive gives it becomes somebody's home.
 */
export function rewriteOwner(
  source: Readable,
  change: { uid: number; gid: number; newRoot: string },
): Readable {
  const changed = rewrite(source, (header) => changeHeader(header, change));
  return Readable.from(changed, { objectMode: false });
}

async function* rewrite(
  source: Readable,
  change: (header: Header) => Header,
): AsyncGenerator<Buffer> {
  const { extract, pack } = await import('tar-stream');
  const input = extract();
  const output = pack();
  input.on('entry', (header, entry, next) => {
    entry.pipe(output.entry(change(header), next));
  });
  pipeline(source, input).then(
    () => {
      output.finalize();
    },
    (error: Error) => {
      output.destroy(error);
    },
  );
  try {
    yield* output as AsyncIterable<Buffer>;
  } finally {
    source.destroy();
  }
}

function changeHeader(
  header: Header,
  { uid, gid, newRoot }: { uid: number; gid: number; newRoot: string },
): Header {
  return {
    ...header,
    name: replaceRoot(header.name, newRoot),
    // Only a hard link names a path of the tar; a symlink's target is text.
    linkname: header.type === 'link' ? replaceRoot(header.linkname, newRoot) : header.linkname,
    uid,
    gid,
    uname: '',
    gname: '',
    pax: null,
  };
}

function replaceRoot(path: string, root: string): string {
  const slash = path.indexOf('/');
  return slash === -1 ? root : root + path.slice(slash);
}
