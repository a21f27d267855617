import { createHash } from 'node:crypto';
import { open, readFile, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Header, Pack } from 'tar-stream';
import { DevenvError } from '../../errors.ts';
import { isVanished, walkContext, type ContextEntry } from './context-walk.ts';
import { readDockerignore, type Dockerignore } from './dockerignore.ts';

interface ContextSource {
  /** Absolute host paths. */
  dockerfile: string;
  context: string;
  /** What the Dockerfile copies, as `copySources` gives it; nothing else is sent. */
  sources: string[];
  /** Told, as it goes, how many bytes have been sent. */
  onSent: (bytes: number) => void;
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
}: ContextSource): Promise<BuildContext> {
  const root = await realpath(context);
  const ignore = await readDockerignore(dockerfile, context);
  const first = await leadingFiles(dockerfile, root, ignore);
  const sent = new Set(first.files.map(({ name }) => name));
  const onUnreadable = (path: string, cause: unknown): never => {
    throw unreadable(join(root, path), path, cause);
  };
  const entries = walkContext({ root, ignore, sources, onUnreadable });
  const tar = Readable.from(count(pack(first.files, entries, sent), onSent), { objectMode: false });
  return { tar, dockerfile: first.dockerfile };
}

type EntryHeader = Partial<Header> & { name: string };

interface MemoryFile {
  name: string;
  content: Buffer;
}

/**
 * The Dockerfile and .dockerignore, which are always sent: the engine reads them, and then drops
 * those which .dockerignore itself names. A Dockerfile that is not a plain file of the context, or
 * has rules of its own, is sent under a name of ours, which .dockerignore then names too.
 */
async function leadingFiles(
  dockerfile: string,
  root: string,
  ignore: Dockerignore,
): Promise<{ dockerfile: string; files: MemoryFile[] }> {
  const content = await readFile(dockerfile);
  const rules = await readFile(join(root, '.dockerignore')).catch(() => undefined);
  const path = relative(root, await realpath(dockerfile))
    .split(sep)
    .join('/');
  const inside = !path.startsWith('../') && path !== '..';
  if (inside && ignore.file !== `${dockerfile}.dockerignore`) {
    const files = [{ name: path, content }];
    if (rules !== undefined) files.push({ name: '.dockerignore', content: rules });
    return { dockerfile: path, files };
  }
  const name = `.dockerfile.${createHash('sha256').update(content).digest('hex').slice(0, 20)}`;
  const visible = rules !== undefined && !ignore.ignores('.dockerignore');
  const lines = `${visible ? rules.toString() : '.dockerignore'}\n${name}\n`;
  return {
    dockerfile: name,
    files: [
      { name, content },
      { name: '.dockerignore', content: Buffer.from(lines) },
    ],
  };
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

async function* pack(
  first: MemoryFile[],
  entries: AsyncGenerator<ContextEntry>,
  sent: Set<string>,
): AsyncGenerator<Buffer> {
  const { pack: createPack } = await import('tar-stream');
  const tar = createPack();
  const filling = fill().then(
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

  async function fill(): Promise<void> {
    for (const { name, content } of first) {
      await add(tar, { name, mode: 0o644, size: content.length }, [content]);
    }
    for await (const entry of entries) {
      if (tar.destroyed) return;
      if (!sent.has(entry.path)) await addEntry(tar, entry);
    }
  }
}

async function addEntry(tar: Pack, entry: ContextEntry): Promise<void> {
  const { path, absolute, type, stats } = entry;
  const header = { name: path, type, mode: modeOf(entry), mtime: stats.mtime };
  try {
    if (type === 'directory') await add(tar, { ...header, name: `${path}/` });
    else if (type === 'symlink') await add(tar, { ...header, linkname: await readlink(absolute) });
    else await addFile(tar, header, absolute);
  } catch (error) {
    if (isVanished(error)) return;
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EACCES' || code === 'EPERM' || code === 'EIO'
      ? unreadable(absolute, path, error)
      : error;
  }
}

/** However the file grows meanwhile, no more is read than its header says. */
async function addFile(tar: Pack, header: EntryHeader, absolute: string): Promise<void> {
  const handle = await open(absolute, 'r');
  try {
    const { size } = await handle.stat();
    if (size <= smallFile) {
      const content = await handle.readFile();
      await add(tar, { ...header, size: content.length }, [content]);
    } else {
      await add(tar, { ...header, size }, readExactly(handle, size, absolute));
    }
  } finally {
    await handle.close();
  }
}

/** Bytes up to which a file is read in one go. */
const smallFile = 256 * 1024;

async function* readExactly(
  handle: FileHandle,
  size: number,
  absolute: string,
): AsyncGenerator<Buffer> {
  let left = size;
  for await (const chunk of handle.createReadStream({ autoClose: false, end: size - 1 })) {
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
  content?: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const entry = tar.entry({ ...header, uid: 0, gid: 0 }, (error) => {
      if (error) reject(error);
      else resolve();
    });
    if (content !== undefined) pipeline(content, entry).catch(reject);
  });
}

/** Windows has no executable bit, so there, as with Docker, everything has it. */
function modeOf({ stats }: ContextEntry): number {
  return process.platform === 'win32' ? 0o755 : stats.mode & 0o7777;
}

function unreadable(absolute: string, path: string, cause: unknown): DevenvError {
  return new DevenvError('build_failed', `${absolute} cannot be read, so it cannot be sent.`, {
    hint: `Make it readable for you, or name it in .dockerignore: ${path || '*'}`,
    cause,
  });
}
