import { isAbsolute, relative } from 'node:path';
import type { Colors } from 'picocolors/types.js';
import type { Diagnostic } from '../config/diagnostic.ts';
import { printable, replaceControls } from './printable.ts';

export interface DiagnosticSurroundings {
  cwd: string;
  colors: Colors;
  /** One line of a file, one-based; undefined when there is none to show. */
  readLine: (file: string, line: number) => string | undefined;
}

const longestExcerpt = 120;

/** `file:line:column: error: message`, the line it is about with a marker, and the hint. */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  surroundings: DiagnosticSurroundings,
): string {
  const { colors } = surroundings;
  const { severity, message, hint } = diagnostic;
  const label = severity === 'error' ? colors.red('error') : colors.yellow('warning');
  const lines = [
    `${colors.bold(location(diagnostic, surroundings.cwd))}: ${label}: ${printable(message)}`,
  ];
  lines.push(...excerpt(diagnostic, surroundings));
  if (hint !== undefined) lines.push(`  ${colors.cyan('hint:')} ${printable(hint)}`);
  return lines.join('\n');
}

function location({ file, range }: Diagnostic, cwd: string): string {
  const near = relative(cwd, file);
  // From the root every path is near, and none is easier to read without its slash.
  const isFar = near === '' || near.startsWith('..') || isAbsolute(near) || cwd === '/';
  const path = isFar ? file : near;
  return `${path}:${range.start.line}:${range.start.column}`;
}

function excerpt(
  { file, range }: Diagnostic,
  { readLine, colors }: DiagnosticSurroundings,
): string[] {
  const { start, end } = range;
  const text = readLine(file, start.line);
  if (text === undefined || text.trim() === '' || start.column > longestExcerpt) return [];
  const clean = replaceControls(text);
  const shown = clean.length > longestExcerpt ? `${clean.slice(0, longestExcerpt)}…` : clean;
  const last = end.line === start.line ? end.column : text.length + 1;
  const width = Math.max(1, Math.min(last, shown.length + 1) - start.column);
  const gutter = String(start.line);
  // Tabs stay tabs, so that the marker stands under its text whatever their width.
  const indent = shown.slice(0, start.column - 1).replace(/[^\t]/g, ' ');
  return [
    `  ${colors.dim(`${gutter} |`)} ${shown}`,
    `  ${colors.dim(`${' '.repeat(gutter.length)} |`)} ${indent}${colors.red('^'.repeat(width))}`,
  ];
}
