import type { Diagnostic } from './diagnostic.ts';
import type { LookUp, SubstitutionProblem } from './substitute.ts';
import { substitute } from './substitute.ts';
import type { Entry, Path, Place, ScalarTree, Tree } from './tree.ts';

/**
 * Fills variables into every text of a tree. Commands are left as they are, since `$` in them
 * belongs to the shell that runs them, and so is what this program does not read.
 */
export function fillIn(
  tree: Tree,
  lookUp: LookUp,
  diagnostics: Diagnostic[],
  path: Path = [],
): Tree {
  if (isLeftAlone(path)) return tree;
  if (tree.kind === 'list') {
    const items = tree.items.map((item, index) =>
      fillIn(item, lookUp, diagnostics, [...path, index]),
    );
    return { ...tree, items };
  }
  if (tree.kind === 'map') {
    const entries = new Map<string, Entry>();
    for (const [key, entry] of tree.entries) {
      entries.set(key, {
        ...entry,
        value: fillIn(entry.value, lookUp, diagnostics, [...path, key]),
      });
    }
    return { ...tree, entries };
  }
  return fillScalar(tree, lookUp, diagnostics);
}

function isLeftAlone(path: Path): boolean {
  const [top, , third] = path.map(String);
  if (top === undefined) return false;
  if (['services', 'compose'].includes(top) || top.startsWith('x-')) return true;
  if (top === 'hooks' || top === 'tasks') return true;
  return (top === 'watch' && third === 'run') || (top === 'secrets' && third === 'command');
}

function fillScalar(scalar: ScalarTree, lookUp: LookUp, diagnostics: Diagnostic[]): ScalarTree {
  if (typeof scalar.value !== 'string' || !scalar.text.includes('$')) return scalar;
  const { text, problems } = substitute(scalar.text, lookUp);
  let from = 0;
  for (const problem of problems) {
    const index = scalar.raw.indexOf(problem.written, from);
    diagnostics.push(
      toDiagnostic(problem, index === -1 ? scalar.place : within(scalar, index, problem)),
    );
    if (index !== -1) from = index + problem.written.length;
  }
  return { ...scalar, text, value: scalar.plain ? plainValue(text) : text };
}

/** What an unquoted text means once its variables are filled in: `${CPUS:-2}` is a number. */
function plainValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(\d+|\d*\.\d+)$/.test(text) ? Number(text) : text;
}

function toDiagnostic(problem: SubstitutionProblem, { file, range }: Place): Diagnostic {
  const { code, message, hint } = problem;
  return { severity: 'error', code, message, file, range, ...(hint === undefined ? {} : { hint }) };
}

/** The place of a few characters inside a text. */
function within(
  { raw, place }: ScalarTree,
  index: number,
  { written }: SubstitutionProblem,
): Place {
  const before = raw.slice(0, index).split('\n');
  const { start } = place.range;
  const line = start.line + before.length - 1;
  const column = before.at(-1)!.length + (before.length === 1 ? start.column : 1);
  const end = { line, column: column + written.length };
  return { file: place.file, range: { start: { line, column }, end } };
}
