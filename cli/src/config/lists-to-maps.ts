import type { Diagnostic } from './diagnostic.ts';
import type { Entry, ListTree, MapTree, Tree } from './tree.ts';
import { quote } from './wording.ts';

/**
 * Rewrites the list forms `- NAME=value` of environment, build args and sysctls as maps, so that
 * what follows knows one form. A name alone gets no value.
 */
export function listsToMaps(tree: Tree, diagnostics: Diagnostic[]): Tree {
  const rewrite = (value: Tree): Tree => toMap(value, diagnostics);
  const buildArgs = (build: Tree): Tree => replace(build, 'args', rewrite);
  return [
    (top: Tree) => replace(top, 'environment', rewrite),
    (top: Tree) => replace(top, 'sysctls', rewrite),
    (top: Tree) => replace(top, 'build', buildArgs),
  ].reduce((result, step) => step(result), tree);
}

function replace(tree: Tree, key: string, change: (value: Tree) => Tree): Tree {
  const entry = tree.kind === 'map' ? tree.entries.get(key) : undefined;
  if (tree.kind !== 'map' || entry === undefined) return tree;
  const entries = new Map(tree.entries).set(key, { ...entry, value: change(entry.value) });
  return { ...tree, entries };
}

function toMap(list: Tree, diagnostics: Diagnostic[]): Tree {
  if (list.kind !== 'list' || !list.items.every(isText)) return list;
  const map: MapTree = { kind: 'map', entries: new Map(), place: list.place };
  for (const item of list.items) addItem(map, item, diagnostics);
  return map;
}

function isText(item: ListTree['items'][number]): boolean {
  return item.kind === 'scalar' && typeof item.value === 'string';
}

function addItem({ entries }: MapTree, item: Tree, diagnostics: Diagnostic[]): void {
  if (item.kind !== 'scalar') return;
  const [name, value] = split(item.text);
  const [writtenName, written = ''] = split(item.written);
  const first = entries.get(name);
  if (first !== undefined) {
    const message = `${quote(writtenName)} is in this list twice: on line ${first.key.range.start.line} already.`;
    const { file, range } = item.place;
    diagnostics.push({ severity: 'error', code: 'duplicate-key', message, file, range });
    return;
  }
  const entry: Entry = {
    key: item.place,
    written: writtenName,
    value: { ...item, value: value ?? null, text: value ?? '', written },
  };
  entries.set(name, entry);
}

function split(text: string): [string, string | undefined] {
  const equals = text.indexOf('=');
  return equals === -1 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}
