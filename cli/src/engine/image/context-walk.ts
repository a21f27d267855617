import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { relateToSource } from '../../plan/copy-sources.ts';
import type { Dockerignore } from './dockerignore.ts';

/** A file, folder or symlink of a build context. */
export interface ContextEntry {
  /** Relative to the context, with slashes. */
  path: string;
  /** On the host. */
  absolute: string;
  type: 'file' | 'directory' | 'symlink';
  stats: Stats;
}

export interface ContextSelection {
  /** Real absolute path of the context. */
  root: string;
  ignore: Dockerignore;
  /** What of it is wanted, as `copySources` gives it. */
  sources: string[];
  /** Told of a folder that the caller may not list; may throw, or else it counts as empty. */
  onUnreadable: (path: string, cause: unknown) => void;
}

/**
 * What a build can copy: the wanted sources without what is ignored, sorted, each folder before
 * what is in it. Sockets, pipes and devices are left out, and what vanishes meanwhile.
 */
export async function* walkContext(selection: ContextSelection): AsyncGenerator<ContextEntry> {
  const { root, ignore, onUnreadable } = selection;
  const sources = (await linksAmong(selection)) ? [''] : selection.sources;
  yield* walk('');

  async function* walk(folder: string): AsyncGenerator<ContextEntry> {
    const names = await list(join(root, folder), (cause) => onUnreadable(folder, cause));
    const paths = names
      .map(({ name }) => (folder === '' ? name : `${folder}/${name}`))
      .filter((path) => closest(path, sources) !== 'apart');
    const found = await Promise.all(paths.map((path) => look(path, join(root, path))));
    for (const entry of found.filter((one) => one !== undefined)) {
      const { path, type } = entry;
      const ignored = ignore.ignores(path);
      if (!ignored && closest(path, sources) !== 'above') yield entry;
      if (type === 'directory' && (!ignored || ignore.mayKeepBelow(path))) yield* walk(path);
    }
  }
}

/**
 * Whether a wanted source is, or lies behind, a symlink. The engine follows those inside the
 * context, to where no source points; then all of the context has to be there.
 */
async function linksAmong({ root, sources }: ContextSelection): Promise<boolean> {
  return search('');

  async function search(folder: string): Promise<boolean> {
    for (const entry of await list(join(root, folder), () => undefined)) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const relation = closest(path, sources);
      if (relation !== 'above' && relation !== 'exact') continue;
      if (entry.isSymbolicLink()) return true;
      if (relation === 'above' && entry.isDirectory() && (await search(path))) return true;
    }
    return false;
  }
}

type Relation = ReturnType<typeof relateToSource>;

function closest(path: string, sources: string[]): Relation {
  const relations = sources.map((source) => relateToSource(path, source));
  const order: Relation[] = ['below', 'exact', 'above'];
  return order.find((relation) => relations.includes(relation)) ?? 'apart';
}

async function list(folder: string, onUnreadable: (cause: unknown) => void): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    if (!isVanished(error)) onUnreadable(error);
    return [];
  }
}

async function look(path: string, absolute: string): Promise<ContextEntry | undefined> {
  try {
    const stats = await lstat(absolute);
    const type = typeOf(stats);
    return type && { path, absolute, type, stats };
  } catch (error) {
    if (isVanished(error)) return undefined;
    throw error;
  }
}

function typeOf(stats: Stats): ContextEntry['type'] | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : undefined;
}

/** Whether what was there a moment ago is gone, or is no folder any more. */
export function isVanished(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
