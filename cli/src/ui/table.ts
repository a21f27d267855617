import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import { printable } from './printable.ts';

export interface Column<Row> {
  title: string;
  value: (row: Row) => string;
  /** Cut first when the terminal is too narrow. */
  shrink?: boolean;
}

const gap = 2;
const narrowest = 8;

/**
 * Rows as aligned columns under their titles, one line each, no wider than `width` cells where
 * the shrinkable columns allow it. `width` undefined cuts nothing.
 */
export function renderTable<Row>(
  rows: Row[],
  columns: Column<Row>[],
  width: number | undefined,
): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ value }) => oneLine(value(row)))),
  ];
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((row) => stringWidth(row[index] ?? ''))),
  );
  if (width !== undefined) shrink(widths, columns, width);
  return cells.map((row) => `${renderRow(row, widths)}\n`).join('');
}

function oneLine(text: string): string {
  return printable(text.replace(/\s*\n\s*/g, ' '));
}

function shrink<Row>(widths: number[], columns: Column<Row>[], width: number): void {
  const shrinkable = columns.flatMap(({ shrink }, index) => (shrink === true ? [index] : []));
  let excess = widths.reduce((sum, cell) => sum + cell + gap, -gap) - width;
  for (const index of shrinkable.reverse()) {
    const room = Math.max(0, (widths[index] ?? 0) - narrowest);
    const cut = Math.min(room, Math.max(0, excess));
    widths[index] = (widths[index] ?? 0) - cut;
    excess -= cut;
  }
}

function renderRow(row: string[], widths: number[]): string {
  return row
    .map((cell, index) => {
      const width = widths[index] ?? 0;
      const text = cliTruncate(cell, width, { position: 'middle' });
      return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
    })
    .join(' '.repeat(gap))
    .trimEnd();
}
