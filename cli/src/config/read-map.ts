import type { Diagnostic } from './diagnostic.ts';
import { readTree } from './read-tree.ts';
import type { MapTree } from './tree.ts';

/** Reads YAML text whose top is a map. Without a diagnostic, no tree means that it is empty. */
export function readMap(
  file: string,
  text: string,
): { tree: MapTree | undefined; diagnostics: Diagnostic[] } {
  const { tree, diagnostics } = readTree(file, text);
  if (tree === undefined || tree.kind === 'map') return { tree, diagnostics };
  const found = tree.kind === 'list' ? 'a list' : 'a single value';
  diagnostics.push({
    severity: 'error',
    code: 'wrong-type',
    message: `The file must be a map of keys and values; this is ${found}.`,
    hint: 'For example: image: debian:bookworm',
    ...tree.place,
  });
  return { tree: undefined, diagnostics };
}
