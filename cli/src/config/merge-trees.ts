import type { Entry, ListTree, MapTree, Path, Tree } from './tree.ts';

/** Lists to which the overlay adds. */
const appended = new Set([
  'caches',
  'volumes',
  'ports',
  'env_file',
  'cap_add',
  'cap_drop',
  'devices',
  'security_opt',
  'extra_hosts',
  'dns',
  'watch',
]);

/**
 * Lays the person's own file over the project's, as Compose does with several files: maps are
 * merged, some lists are added to, all else is replaced. Commands and secrets are replaced as a
 * whole, and an image or build of the overlay replaces either.
 */
export function mergeTrees(base: Tree, overlay: Tree): Tree {
  if (base.kind !== 'map' || overlay.kind !== 'map') return overlay;
  const entries = new Map(base.entries);
  if (overlay.entries.has('image')) entries.delete('build');
  if (overlay.entries.has('build')) entries.delete('image');
  return merge({ ...base, entries }, overlay, []);
}

function merge(base: Tree, overlay: Tree, path: Path): Tree {
  if (path.length === 1 && appended.has(String(path[0]))) {
    const lists = [asList(base), asList(overlay)];
    if (lists[0] && lists[1]) return append(lists[0], lists[1]);
  }
  if (base.kind === 'map' && overlay.kind === 'map' && !isWhole(path)) {
    return mergeMaps(base, overlay, path);
  }
  return overlay;
}

function mergeMaps(base: MapTree, overlay: MapTree, path: Path): MapTree {
  const entries = new Map<string, Entry>(base.entries);
  for (const [key, entry] of overlay.entries) {
    const below = base.entries.get(key);
    const value = below ? merge(below.value, entry.value, [...path, key]) : entry.value;
    entries.set(key, { key: entry.key, value });
  }
  return { ...base, entries };
}

/** A command or a secret: its parts belong together. */
function isWhole(path: Path): boolean {
  return path.length === 2 && ['hooks', 'tasks', 'secrets'].includes(String(path[0]));
}

/** `env_file: .env` is short for a list of one. */
function asList(tree: Tree): ListTree | undefined {
  if (tree.kind === 'list') return tree;
  return tree.kind === 'scalar' ? { kind: 'list', items: [tree], place: tree.place } : undefined;
}

function append(base: ListTree, overlay: ListTree): ListTree {
  const known = new Set(base.items.map(textOf));
  const added = overlay.items.filter((item) => item.kind !== 'scalar' || !known.has(textOf(item)));
  return { ...base, items: [...base.items, ...added] };
}

function textOf(tree: Tree): string | undefined {
  return tree.kind === 'scalar' ? tree.text : undefined;
}
