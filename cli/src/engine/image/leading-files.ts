import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Dockerignore } from './dockerignore.ts';
import { headerOf, type EntryHeader } from './tar-header.ts';

export interface MemoryFile {
  header: EntryHeader;
  content: Buffer;
}

/**
 * The Dockerfile and .dockerignore, which are always sent: the engine reads them, and then drops
 * those which .dockerignore itself names. A Dockerfile that is not a plain file of the context, or
 * has rules of its own, is sent under a name of ours, which .dockerignore then names too.
 */
export async function leadingFiles(
  dockerfile: string,
  root: string,
  ignore: Dockerignore,
): Promise<{ dockerfile: string; files: MemoryFile[] }> {
  const file = await readWithHeader(dockerfile);
  const rules = await readWithHeader(join(root, '.dockerignore')).catch(() => undefined);
  const path = relative(root, await realpath(dockerfile))
    .split(sep)
    .join('/');
  const inside = !path.startsWith('../') && path !== '..';
  if (inside && ignore.file !== `${dockerfile}.dockerignore`) {
    const files = [named(path, file)];
    if (rules !== undefined) files.push(named('.dockerignore', rules));
    return { dockerfile: path, files };
  }
  const name = `.dockerfile.${createHash('sha256').update(file.content).digest('hex').slice(0, 20)}`;
  const visible = rules !== undefined && !ignore.ignores('.dockerignore');
  const lines = `${visible ? rules.content.toString() : '.dockerignore'}\n${name}\n`;
  return {
    dockerfile: name,
    files: [
      named(name, file),
      named('.dockerignore', { ...(rules ?? file), content: Buffer.from(lines) }),
    ],
  };
}

interface FileWithStats {
  content: Buffer;
  stats: Stats;
}

async function readWithHeader(file: string): Promise<FileWithStats> {
  return { content: await readFile(file), stats: await stat(file) };
}

function named(name: string, { content, stats }: FileWithStats): MemoryFile {
  return { header: { ...headerOf(stats), name, type: 'file', size: content.length }, content };
}
