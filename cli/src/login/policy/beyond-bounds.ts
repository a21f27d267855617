/** More of each than a devenv file that can be read leads to. */
const deepest = 8;
const mostEntries = 1000;
const longestText = 128 * 1024;
const longestKey = 256;

/**
 * What of some JSON is too much to look at closely, or can stand nowhere: nesting, entries, long
 * texts, NUL, and a key that would change what an object is. undefined: nothing.
 */
export function beyondBounds(data: unknown, depth = 0): string | undefined {
  if (typeof data === 'string') return textProblem(data, longestText);
  if (typeof data === 'number') return Number.isFinite(data) ? undefined : 'a number is no number';
  if (typeof data !== 'object' || data === null) return undefined;
  if (depth >= deepest) return 'something is nested too deep';
  const entries = Object.entries(data);
  if (entries.length > mostEntries) return `something has more than ${mostEntries} entries`;
  for (const [key, value] of entries) {
    const problem = keyProblem(key) ?? beyondBounds(value, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function keyProblem(key: string): string | undefined {
  return key === '__proto__' ? 'a key is __proto__' : textProblem(key, longestKey);
}

function textProblem(text: string, longest: number): string | undefined {
  if (text.length > longest) return `a text is longer than ${longest} characters`;
  return text.includes('\0') ? 'a text has a NUL in it' : undefined;
}
