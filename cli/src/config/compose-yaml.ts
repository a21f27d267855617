import { type CST, Composer, type Document, LineCounter, Parser } from 'yaml';

/** No devenv file nests deeper; the parser goes down by recursion, and ends up out of stack. */
const deepest = 50;

/** Words, signs and spaces: more than any devenv file has, and few enough to go through at once. */
const mostTokens = 40_000;

/** After so many, the text is no YAML, and what follows shows nothing new. */
const mostMistakes = 20;

export interface Composed {
  /** More than one where the text has several; none where it is `tooMuch`. */
  documents: Document.Parsed[];
  lines: LineCounter;
  tooMuch: 'too-deep' | 'too-many-values' | undefined;
}

/** Parses YAML text in a time and a stack that no text can make grow without end. */
export function composeYaml(text: string): Composed {
  const lines = new LineCounter();
  const tokens = upToMistakes([...new Parser(lines.addNewLine).parse(text)]);
  const tooMuch = measure(tokens);
  if (tooMuch !== undefined) return { documents: [], lines, tooMuch };
  const composer = new Composer({
    prettyErrors: false,
    // Found later instead: the composer compares every key with every other one.
    uniqueKeys: false,
    schema: 'core',
  });
  const documents = [...composer.compose(tokens, true, text.length)];
  return { documents, lines, tooMuch };
}

function measure(tokens: CST.Token[]): Composed['tooMuch'] {
  let count = 0;
  const open = tokens.map((token) => ({ token, depth: 0 }));
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const { token, depth } = entry;
    if (depth > deepest) return 'too-deep';
    count += 1 + surroundings(token);
    for (const child of children(token)) {
      if (child) open.push({ token: child, depth: depth + 1 });
    }
    if (count > mostTokens) return 'too-many-values';
  }
  return undefined;
}

function children(token: CST.Token): (CST.Token | null | undefined)[] {
  if (token.type === 'document') return [token.value];
  return 'items' in token ? token.items.flatMap(({ key, value }) => [key, value]) : [];
}

/** How many tokens stand around a token and its children. */
function surroundings(token: CST.Token): number {
  if (token.type === 'document') return token.start.length;
  if (!('items' in token)) return 0;
  return token.items.reduce((sum, { start, sep = [] }) => sum + start.length + sep.length, 0);
}

function upToMistakes(tokens: CST.Token[]): CST.Token[] {
  const first = tokens.findIndex(({ type }) => type === 'error');
  return first === -1 ? tokens : tokens.slice(0, first + mostMistakes);
}
