import type { Diagnostic } from './diagnostic.ts';

/** More than anyone reads, and few enough to print at once. */
const most = 100;

/** By file (`first` before all others) and position, each once, and not without end. */
export function tidyDiagnostics(diagnostics: Diagnostic[], first: string): Diagnostic[] {
  const unique = new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic]));
  const sorted = [...unique.values()].sort(
    (one, other) =>
      Number(other.file === first) - Number(one.file === first) ||
      compareText(one.file, other.file) ||
      one.range.start.line - other.range.start.line ||
      one.range.start.column - other.range.start.column,
  );
  const left = sorted.length - most;
  const last = sorted[most];
  if (last === undefined) return sorted;
  const message = `From here on there are ${left} more problems.`;
  const { file, range } = last;
  return [...sorted.slice(0, most), { severity: 'error', code: 'too-many', message, file, range }];
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
