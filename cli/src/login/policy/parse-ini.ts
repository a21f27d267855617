import { DevenvError } from '../../errors.ts';
import { quote } from '../../config/wording.ts';

/** One `[name]` or `[name "of"]`, with what is set in it, in order. */
export interface IniSection {
  name: string;
  /** What stands in quotes behind the name. */
  of: string | undefined;
  line: number;
  entries: IniEntry[];
}

export interface IniEntry {
  /** In small letters. */
  key: string;
  /** A key alone is `true`. */
  value: string;
  line: number;
}

/** Reads git's kind of INI text, which dockersh used. Throws `config_invalid` at what is none. */
export function parseIni(text: string, file: string): IniSection[] {
  const sections: IniSection[] = [];
  for (const { content, line } of logicalLines(text)) {
    if (content === '' || /^[;#]/.test(content)) continue;
    const header = /^\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]\s*(?:[;#].*)?$/.exec(content);
    if (header !== null) {
      const [, name = '', of] = header;
      const unescaped = of?.replace(/\\(.)/g, '$1');
      sections.push({ name: name.toLowerCase(), of: unescaped, line, entries: [] });
      continue;
    }
    const section = sections.at(-1);
    const entry = section && parseEntry(content, line);
    if (entry === undefined) throw notIni(file, line, content);
    section?.entries.push(entry);
  }
  return sections;
}

/** A backslash at the end of a line goes on in the next. */
function logicalLines(text: string): { content: string; line: number }[] {
  const lines: { content: string; line: number }[] = [];
  let open: { content: string; line: number } | undefined;
  for (const [index, written] of text.split(/\r?\n/).entries()) {
    const goesOn = /(?:^|[^\\])(?:\\\\)*\\$/.test(written);
    const part = goesOn ? written.slice(0, -1) : written;
    const here = { content: (open?.content ?? '') + part, line: open?.line ?? index + 1 };
    open = goesOn ? here : undefined;
    if (!goesOn) lines.push({ ...here, content: here.content.trim() });
  }
  if (open !== undefined) lines.push({ ...open, content: open.content.trim() });
  return lines;
}

function parseEntry(content: string, line: number): IniEntry | undefined {
  const [, key = '', , written] = /^([A-Za-z][\w-]*)\s*(=\s*(.*)|[;#].*)?$/s.exec(content) ?? [];
  if (key === '') return undefined;
  const value = written === undefined ? 'true' : parseValue(written);
  return value === undefined ? undefined : { key: key.toLowerCase(), value, line };
}

/** Quoted and plain parts; a comment begins at ; or # outside of quotes. */
function parseValue(written: string): string | undefined {
  let value = '';
  let rest = written;
  while (rest !== '' && !/^[;#]/.test(rest)) {
    const [part = '', quoted] = /^(?:"((?:[^"\\]|\\.)*)"|(?:[^"\\;#]|\\.)+)/.exec(rest) ?? [];
    if (part === '') return undefined;
    rest = rest.slice(part.length);
    const isLast = rest === '' || /^[;#]/.test(rest);
    const text = quoted ?? (isLast ? part.trimEnd() : part);
    value += text.replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
  }
  return value;
}

const escapes: Record<string, string> = { n: '\n', t: '\t', b: '\b' };

function notIni(file: string, line: number, content: string): DevenvError {
  return new DevenvError(
    'config_invalid',
    `Line ${line} of ${file} is not INI: ${quote(content)}`,
    {
      hint: 'dockersh’s configuration has sections such as [dockersh], and "key = value" in them.',
    },
  );
}
