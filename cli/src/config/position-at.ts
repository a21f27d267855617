import type { LineCounter } from 'yaml';
import type { Position } from './diagnostic.ts';

/** Line and column of an offset, as editors count; the beginning, in a text without lines. */
export function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
