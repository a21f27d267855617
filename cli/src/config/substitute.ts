/** Gives a variable's value; undefined when it is not set. */
export type LookUp = (name: string) => string | undefined;

export interface SubstitutionProblem {
  code: 'undefined-variable' | 'required-variable' | 'bad-substitution';
  message: string;
  hint?: string;
  /** The characters it is about, as they stand in the text. */
  written: string;
}

/** No text that a person writes nests defaults in defaults deeper. */
const deepest = 10;

/**
 * Fills variables into a text as Compose does: `$NAME`, `${NAME}`, `${NAME:-default}` and
 * `${NAME-default}`, `${NAME:?message}` and `${NAME?message}`, `${NAME:+other}` and
 * `${NAME+other}` (with a colon, an empty variable counts as unset), `$$` for a dollar sign.
 * Unlike in Compose, a variable that is not set and has no default is a problem.
 */
export function substitute(
  text: string,
  lookUp: LookUp,
  depth = 0,
): { text: string; problems: SubstitutionProblem[] } {
  const problems: SubstitutionProblem[] = [];
  let result = '';
  let rest = text;
  for (let dollar = rest.indexOf('$'); dollar !== -1; dollar = rest.indexOf('$')) {
    result += rest.slice(0, dollar);
    const found = next(rest.slice(dollar), lookUp, depth);
    result += found.value;
    problems.push(...found.problems);
    rest = rest.slice(dollar + found.length);
  }
  return { text: result + rest, problems };
}

interface Found {
  value: string;
  /** How many characters it takes up. */
  length: number;
  problems: SubstitutionProblem[];
}

/** What stands at a dollar sign. */
function next(text: string, lookUp: LookUp, depth: number): Found {
  if (text.startsWith('$$')) return { value: '$', length: 2, problems: [] };
  const bare = /^\$([A-Za-z_]\w*)/.exec(text);
  if (bare !== null) return variable({ written: bare[0], name: bare[1]! }, lookUp, depth);
  if (!text.startsWith('${')) return bad(text.slice(0, 2), 1, dollarHint);
  const end = closingBrace(text);
  if (end === undefined) return bad(text.slice(0, 20), text.length, 'The closing } is missing.');
  const written = text.slice(0, end + 1);
  const braced = /^\$\{([A-Za-z_]\w*)(?:(:?[-?+])([^]*))?\}$/.exec(written);
  if (braced === null) return bad(written, written.length, dollarHint);
  const [, name, operator, word] = braced;
  return variable({ written, name: name!, operator, word }, lookUp, depth);
}

interface Reference {
  written: string;
  name: string;
  operator?: string | undefined;
  word?: string | undefined;
}

function variable(reference: Reference, lookUp: LookUp, depth: number): Found {
  const { written, name, operator = '', word = '' } = reference;
  const length = written.length;
  const value = lookUp(name);
  const isSet = value !== undefined && !(operator.startsWith(':') && value === '');
  if (operator.endsWith('+')) {
    return isSet ? nested(word, length, lookUp, depth) : { value: '', length, problems: [] };
  }
  if (isSet) return { value, length, problems: [] };
  if (operator.endsWith('-')) return nested(word, length, lookUp, depth);
  return { value: '', length, problems: [unset(reference, value)] };
}

function nested(word: string, length: number, lookUp: LookUp, depth: number): Found {
  if (depth === deepest) return bad(word.slice(0, 20), length, 'It is nested too deep.');
  const { text, problems } = substitute(word, lookUp, depth + 1);
  return { value: text, length, problems };
}

function unset(
  { written, name, operator, word }: Reference,
  value: string | undefined,
): SubstitutionProblem {
  if (operator?.endsWith('?')) {
    const state = value === '' ? 'is empty' : 'is not set';
    return {
      code: 'required-variable',
      message: `The variable ${name} ${state}${word ? `: ${word}` : ''}`,
      hint: `Set ${name} in your environment or in .env beside the file.`,
      written,
    };
  }
  return {
    code: 'undefined-variable',
    message: `The variable ${name} is not set: ${written}`,
    hint: `Set it in your environment or in .env beside the file, or write a default: \${${name}:-…}. A dollar sign itself is written $$.`,
    written,
  };
}

const dollarHint = 'A variable is written ${NAME} or ${NAME:-default}, and a dollar sign $$.';

function bad(written: string, length: number, hint: string): Found {
  const message = `This is no way to write a variable: ${written}`;
  return { value: '', length, problems: [{ code: 'bad-substitution', message, hint, written }] };
}

/** Index of the brace that closes the one at the beginning, past those of nested variables. */
function closingBrace(text: string): number | undefined {
  let open = 0;
  for (const { 0: brace, index } of text.matchAll(/\$\$|\$\{|\}/g)) {
    if (brace === '${') open++;
    if (brace === '}' && --open === 0) return index;
  }
  return undefined;
}
