import type { Tree } from '../../config/tree.ts';
import { find } from '../../config/tree.ts';
import { readMap } from '../../config/read-map.ts';
import { namesPerson } from './fill-in-template.ts';

/** Everybody's engine, which only root may use; people's own; or some of each. */
export type WhoseEngine = 'shared' | 'own' | 'both';

/**
 * Whose engine a policy is about, for everybody that it may be about: it decides how the login
 * shell reaches the broker. Where the text has mistakes nobody gets in, whatever this says.
 */
export function whoseEngine(file: string, text: string): WhoseEngine {
  const { tree } = readMap(file, text);
  if (tree === undefined) return 'shared';
  const usual = engineOf(tree) ?? 'shared';
  const overrides = find(tree, ['overrides']);
  const items = overrides?.kind === 'list' ? overrides.items : [];
  const all = new Set([usual, ...items.flatMap((_, index) => overridden(tree, index) ?? [])]);
  return all.size > 1 ? 'both' : usual;
}

function overridden(tree: Tree, index: number): WhoseEngine | undefined {
  const set = find(tree, ['overrides', index, 'set']);
  return set && engineOf(set);
}

function engineOf(tree: Tree): WhoseEngine | undefined {
  const engine = find(tree, ['engine']);
  if (engine?.kind !== 'scalar') return undefined;
  return namesPerson(engine.text) ? 'own' : 'shared';
}
