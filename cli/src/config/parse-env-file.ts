import type { LookUp, SubstitutionProblem } from './substitute.ts';
import { substitute } from './substitute.ts';

export interface EnvFileProblem {
  /** One-based. */
  line: number;
  /** Goes on after `line N: `; holds names, never values. */
  message: string;
}

/**
 * Reads a file of NAME=value lines as Compose does: `export` in front and comments are allowed,
 * 'text' in single quotes is taken as it is, "text" in double quotes knows \n, \t, \r, \" and \\,
 * both may span lines, and all but single-quoted text may use variables, those from lines above
 * included. A NAME alone takes its value from `lookUp`.
 */
export function parseEnvFile(
  text: string,
  lookUp: LookUp,
): { variables: Map<string, string>; problems: EnvFileProblem[] } {
  const variables = new Map<string, string>();
  const problems: EnvFileProblem[] = [];
  const known: LookUp = (name) => lookUp(name) ?? variables.get(name);
  let line = 1;
  let rest = text.replaceAll('\r\n', '\n');
  while (rest !== '') {
    const entry = nextEntry(rest);
    const { name, value, fills } = entry;
    const problem = (message: string): number => problems.push({ line, message });
    if (entry.problem !== undefined) problem(entry.problem);
    else if (name !== undefined && value === undefined) {
      const inherited = lookUp(name);
      if (inherited !== undefined) variables.set(name, inherited);
    } else if (name !== undefined && value !== undefined) {
      const filled = fills ? substitute(value, known) : { text: value, problems: [] };
      variables.set(name, filled.text);
      for (const unknown of filled.problems) problem(describe(unknown, name));
    }
    line += rest.slice(0, entry.length).split('\n').length - 1;
    rest = rest.slice(entry.length);
  }
  return { variables, problems };
}

interface EnvEntry {
  name?: string;
  value?: string;
  /** Whether variables in it are filled in. */
  fills?: boolean;
  /** Number of characters, the end of the line included. */
  length: number;
  problem?: string;
}

const blank = /^[ \t]*(?:#[^\n]*)?(?:\n|$)/;
const start =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(=|(?=[ \t]*(?:#[^\n]*)?(?:\n|$)))[ \t]*/;
const single = /^'([^']*)'[ \t]*(?:#[^\n]*)?(?:\n|$)/;
const double = /^"((?:[^"\\]|\\[^])*)"[ \t]*(?:#[^\n]*)?(?:\n|$)/;
const bare = /^([^\n]*)(?:\n|$)/;

function nextEntry(text: string): EnvEntry {
  const empty = blank.exec(text);
  if (empty !== null) return { length: empty[0].length };
  const begin = start.exec(text);
  const wholeLine = bare.exec(text)![0].length;
  if (begin === null) return { length: wholeLine, problem: 'this is no NAME=value' };
  const [before, name = '', equals] = begin;
  if (name === '__proto__') return { length: wholeLine, problem: `${name} cannot be a variable` };
  if (equals !== '=') return { name, length: wholeLine };
  const after = text.slice(before.length);
  if (!/^['"]/.test(after)) return bareEntry(name, before, after);
  const quoted = (after.startsWith("'") ? single : double).exec(after);
  if (quoted === null)
    return { length: wholeLine, problem: `the closing quote of ${name} is missing` };
  const length = before.length + quoted[0].length;
  const value = quoted[1] ?? '';
  if (after.startsWith("'")) return { name, value, fills: false, length };
  return { name, value: unescape(value), fills: true, length };
}

function bareEntry(name: string, before: string, after: string): EnvEntry {
  const [whole, value = ''] = bare.exec(after)!;
  const text = value.replace(/(?:^|[ \t])#.*$/, '').trim();
  return { name, value: text, fills: true, length: before.length + whole.length };
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', $: '$$' };

/** `\$` is a dollar sign, which is written $$ for what fills in the variables. */
function unescape(text: string): string {
  return text.replace(/\\([^])/g, (both, character: string) => {
    if (character === '"' || character === '\\') return character;
    return escapes[character] ?? both;
  });
}

/** Nothing of the text is repeated: a $ in a password is no variable. */
function describe({ code }: SubstitutionProblem, name: string): string {
  const what = code === 'bad-substitution' ? 'no variable' : 'a variable that is not set';
  return `in ${name}, a $ begins ${what}; put the text in single quotes to take it as it is`;
}
