import type { Document, LineCounter, YAMLError } from 'yaml';
import type { Diagnostic } from './diagnostic.ts';
import { positionAt } from './position-at.ts';
import { quote } from './wording.ts';

/** After so many, one mistake is behind all the others. */
const most = 20;

/** What is wrong with a text as YAML. Tags that mean nothing here are mistakes too. */
export function syntaxDiagnostics(
  file: string,
  text: string,
  [document, second]: Document.Parsed[],
  lines: LineCounter,
): Diagnostic[] {
  const found = [...(document?.errors ?? []), ...(document?.warnings ?? [])]
    .slice(0, most)
    .map(({ code, message, pos }) => ({
      message: describe(message, text, pos[0]),
      pos,
      hint: hints[code],
    }));
  if (second !== undefined && found.length === 0) {
    const [from, to] = second.range;
    const hint = 'Remove the line ---: a devenv file is one document.';
    found.push({ message: 'A second document begins here: ---', pos: [from, to], hint });
  }
  return found.map(({ message, pos, hint }) => {
    const [start, end] = pos.map((offset) => positionAt(lines, Math.min(offset, text.length)));
    const range = { start: start!, end: end! };
    const diagnostic = { severity: 'error' as const, code: 'yaml-syntax', message, file, range };
    return hint === undefined ? diagnostic : { ...diagnostic, hint };
  });
}

function describe(message: string, text: string, offset: number): string {
  const [reason = ''] = message.split('\n');
  return `This is not YAML: ${reason.slice(0, 200)}: ${quote(lineAt(text, offset))}`;
}

function lineAt(text: string, offset: number): string {
  const begin = text.lastIndexOf('\n', Math.max(offset - 1, 0)) + 1;
  // Only as much as is shown; a line can be as long as the file.
  const [line = ''] = text.slice(begin, begin + 200).split(/\r?\n/);
  return line.trim();
}

const hints: Partial<Record<YAMLError['code'], string>> = {
  TAB_AS_INDENT: 'YAML is indented with spaces.',
  BAD_INDENT: 'Lines of one map or list begin in the same column.',
  BAD_SCALAR_START: 'Put the text in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'Text that holds ": " must be in quotes.',
  MULTILINE_IMPLICIT_KEY: 'A key and its colon stand on one line; is a ":" missing?',
  BAD_ALIAS: 'Text that begins with * must be in quotes.',
  TAG_RESOLVE_FAILED: 'Tags have no meaning here; remove it, or put the text in quotes.',
};
