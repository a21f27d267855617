import type { Diagnostic } from './diagnostic.ts';

/** Where in which file something stands. */
export interface Place {
  file: string;
  range: Diagnostic['range'];
}

/** The content of a YAML file, aliases and merge keys resolved, with the place of everything. */
export type Tree = ScalarTree | ListTree | MapTree;

export interface ScalarTree {
  kind: 'scalar';
  value: string | number | boolean | null;
  /** The value as text, digits as in the file: `1.10`, not 1.1. Variables are filled in. */
  text: string;
  /** The text before variables were filled in: all that a message may repeat. */
  written: string;
  /** The characters of the file, quotes included. */
  raw: string;
  /** Whether it stands without quotes, so that `true` and `3` are no text. */
  plain: boolean;
  place: Place;
}

export interface ListTree {
  kind: 'list';
  items: Tree[];
  place: Place;
}

export interface MapTree {
  kind: 'map';
  entries: Map<string, Entry>;
  /** What was taken out because it is wrong. */
  dropped?: Map<string, Entry>;
  place: Place;
}

export interface Entry {
  key: Place;
  /** The key before variables were filled in, where it is one that may hold some. */
  written?: string;
  value: Tree;
}

/** From the top: keys of maps, indexes of lists. */
export type Path = readonly (string | number)[];

export function find(tree: Tree, path: Path): Tree | undefined {
  let found: Tree | undefined = tree;
  for (const step of path) {
    if (found?.kind === 'map') found = found.entries.get(String(step))?.value;
    else if (found?.kind === 'list') found = found.items[Number(step)];
    else return undefined;
  }
  return found;
}

/** Where to point for what is wrong at a path: its value if that is text, else its key. */
export function placeOf(tree: Tree, path: Path): Place {
  const found = find(tree, path);
  if (found?.kind === 'scalar' && found.raw !== '') return found.place;
  return keyPlaceOf(tree, path);
}

/** The key at a path; for an item of a list, its beginning; for what is missing, what is around. */
export function keyPlaceOf(tree: Tree, path: Path): Place {
  const parent = find(tree, path.slice(0, -1));
  const entry = parent?.kind === 'map' && entryOf(parent, String(path.at(-1)));
  if (entry && path.length > 0) return entry.key;
  const found = find(tree, path);
  if (found !== undefined) return beginning(found.place);
  return keyPlaceOf(tree, path.slice(0, -1));
}

/** Whether a map has a key, be it with a wrong value. */
export function hasKey(tree: Tree, path: Path): boolean {
  const parent = find(tree, path.slice(0, -1));
  return parent?.kind === 'map' && entryOf(parent, String(path.at(-1))) !== undefined;
}

function entryOf({ entries, dropped }: MapTree, key: string): Entry | undefined {
  return entries.get(key) ?? dropped?.get(key);
}

/** Maps become objects without a prototype, so that a key `__proto__` is a key like any other. */
export function toPlain(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(toPlain);
  const result = Object.create(null) as Record<string, unknown>;
  for (const [key, { value }] of tree.entries) result[key] = toPlain(value);
  return result;
}

/** The tree without what stands at the given paths, each as a JSON pointer. */
export function prune(tree: Tree, pointers: ReadonlySet<string>, here = ''): Tree {
  if (tree.kind === 'list') {
    const kept = tree.items
      .map((item, index) => ({ item, pointer: `${here}/${index}` }))
      .filter(({ pointer }) => !pointers.has(pointer));
    return { ...tree, items: kept.map(({ item, pointer }) => prune(item, pointers, pointer)) };
  }
  if (tree.kind === 'map') {
    const entries = new Map<string, Entry>();
    const dropped = new Map<string, Entry>();
    for (const [key, entry] of tree.entries) {
      const pointer = here + toPointer([key]);
      if (pointers.has(pointer)) dropped.set(key, entry);
      else entries.set(key, { ...entry, value: prune(entry.value, pointers, pointer) });
    }
    return { ...tree, entries, dropped };
  }
  return tree;
}

export function toPointer(path: Path): string {
  return path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

export function fromPointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function beginning({ file, range: { start } }: Place): Place {
  return { file, range: { start, end: { line: start.line, column: start.column + 1 } } };
}
