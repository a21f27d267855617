import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { relateToSource } from '../../plan/copy-sources.ts';
import { createTimeSlices } from '../host/time-slices.ts';
import type { Dockerignore } from './dockerignore.ts';

/** A file, folder or the like of a build context. */
export interface ContextEntry {
  /** Relative to the context, with slashes. */
  path: string;
  /** On the host. */
  absolute: string;
  /** In the words of tar-stream. */
  type: 'file' | 'directory' | 'symlink' | 'fifo' | 'character-device' | 'block-device';
  stats: Stats;
}

export interface ContextSelection {
  /** Real absolute path of the context. */
  root: string;
  ignore: Dockerignore;
  /** What of it is wanted, as `copySources` gives it. */
  sources: string[];
  /** Told of what the caller may not list or look at; may throw, or else it is left out. */
  onUnreadable: (path: string, cause: unknown) => void;
}

/**
 * What a build can copy: the wanted sources without what is ignored, sorted, each folder before
 * what is in it, a few hundred at a time. Sockets are left out, and what vanishes meanwhile.
 */
export async function* walkContext(selection: ContextSelection): AsyncGenerator<ContextEntry[]> {
  const slices = createTimeSlices();
  const sources = (await linksAmong(selection)) ? [''] : selection.sources;
  let batch: ContextEntry[] = [];
  for (const entry of visit({ ...selection, sources }, '', relate('', sources))) {
    if (entry !== undefined) batch.push(entry);
    const isOver = slices.isOver();
    if (batch.length < largestBatch && !isOver) continue;
    yield batch;
    batch = [];
    if (isOver) await slices.next();
  }
  yield batch;
}

/** What is held at the same time is what the garbage collector has to move. */
const largestBatch = 256;

/** Also yields undefined for what is left out, so that a walk through much of that can pause. */
function* visit(
  selection: ContextSelection,
  folder: string,
  folderRelation: Relation,
): Generator<ContextEntry | undefined> {
  const { root, ignore, sources, onUnreadable } = selection;
  const onFailure = (cause: unknown): void => onUnreadable(folder, cause);
  for (const name of list(join(root, folder), onFailure)) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const relation = folderRelation === 'above' ? relate(path, sources) : 'below';
    const ignored = relation === 'apart' || ignore.ignores(path);
    const wanted = !ignored && relation !== 'above';
    const goOn = relation !== 'apart' && (!ignored || ignore.mayKeepBelow(path));
    const entry = wanted || goOn ? look(path, selection) : undefined;
    yield wanted ? entry : undefined;
    if (goOn && entry?.type === 'directory') yield* visit(selection, path, relation);
  }
}

/**
 * Whether a wanted source is, or lies behind, a symlink. The engine follows those inside the
 * context, to where no source points; then all of the context has to be there.
 */
export async function linksAmong({ root, sources }: ContextSelection): Promise<boolean> {
  const slices = createTimeSlices();
  return relate('', sources) === 'above' && search('');

  async function search(folder: string): Promise<boolean> {
    for (const name of list(join(root, folder), () => undefined)) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const relation = relate(path, sources);
      if (relation !== 'above' && relation !== 'exact') continue;
      if (slices.isOver()) await slices.next();
      const stats = lstatSync(join(root, path), { throwIfNoEntry: false });
      if (stats?.isSymbolicLink()) return true;
      if (relation === 'above' && stats?.isDirectory() && (await search(path))) return true;
    }
    return false;
  }
}

type Relation = ReturnType<typeof relateToSource>;

/** To the source that is closest. */
function relate(path: string, sources: string[]): Relation {
  if (path === '') return sources.includes('') ? 'exact' : 'above';
  const relations = sources.map((source) => relateToSource(path, source));
  const order: Relation[] = ['below', 'exact', 'above'];
  return order.find((relation) => relations.includes(relation)) ?? 'apart';
}

function list(folder: string, onUnreadable: (cause: unknown) => void): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (!isVanished(error)) onUnreadable(error);
    return [];
  }
}

function look(path: string, { root, onUnreadable }: ContextSelection): ContextEntry | undefined {
  // join() would take longer than the look itself.
  const absolute = `${root}/${path}`;
  try {
    const stats = lstatSync(absolute, { throwIfNoEntry: false });
    if (stats === undefined && path.includes('\uFFFD')) {
      onUnreadable(path, new Error('What readdir gives for a name that is not UTF-8.'));
    }
    const type = stats && typeOf(stats);
    return type && { path, absolute, type, stats };
  } catch (error) {
    if (!isVanished(error)) onUnreadable(path, error);
    return undefined;
  }
}

function typeOf(stats: Stats): ContextEntry['type'] | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isCharacterDevice()) return 'character-device';
  return stats.isBlockDevice() ? 'block-device' : undefined;
}

/** Whether what was there a moment ago is gone, or is no folder any more. */
export function isVanished(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
