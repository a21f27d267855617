import type { Instruction } from 'dockerfile-ast';

/** The ARGs among `instructions`, with their defaults as written. */
export function argumentDefaults(instructions: Instruction[]): Record<string, string | undefined> {
  const defaults: Record<string, string | undefined> = {};
  for (const instruction of instructions) {
    if (instruction.getKeyword() !== 'ARG') continue;
    const content = instruction.getArgumentsContent() ?? '';
    for (const [, name, value] of content.matchAll(declaration)) {
      if (name === undefined) continue;
      defaults[name] = value === undefined ? undefined : expandVariables(unquote(value), defaults);
    }
  }
  return defaults;
}

/**
 * Text with `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}` replaced as a Dockerfile
 * does it: what has no value is empty.
 */
export function expandVariables(text: string, values: Record<string, string | undefined>): string {
  const replaced = text.replace(
    variable,
    (_, braced?: string, operator?: string, word?: string, plain?: string) => {
      const name = braced ?? plain ?? '';
      const value = (Object.hasOwn(values, name) ? values[name] : undefined) ?? '';
      if (operator === '-') return value === '' ? expandVariables(word ?? '', values) : value;
      if (operator === '+') return value === '' ? '' : expandVariables(word ?? '', values);
      return value;
    },
  );
  return replaced.slice(0, longest);
}

/** More than any name of an image has: a few lines can make a text that fills all memory. */
const longest = 4096;

const declaration = /([A-Za-z_]\w*)(?:=("(?:[^"\\]|\\.)*"|'[^']*'|\S*))?/g;
const variable = /\$(?:\{(\w+)(?::?([-+])([^}]*))?\}|(\w+))/g;

function unquote(value: string): string {
  const quote = value[0];
  if ((quote !== '"' && quote !== "'") || !value.endsWith(quote)) return value;
  return value.slice(1, -1);
}
