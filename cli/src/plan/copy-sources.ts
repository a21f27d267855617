import { posix } from 'node:path';
import type { Copy, Flag, Instruction, JSONInstruction, Run } from 'dockerfile-ast';

/** Whether an instruction takes files from the build context. */
export function isContextCopy(instruction: Instruction): boolean {
  return contextSources(instruction).length > 0;
}

/**
 * The paths and patterns that COPY and ADD take from the context, each once, sorted and without
 * leading or trailing slashes. One '' for all of it, also where that cannot be known from the
 * text alone (variables, escapes): then too much counts rather than too little.
 */
export function copySources(instructions: Instruction[]): string[] {
  const sources = new Set(instructions.flatMap(contextSources).map(normalize));
  return sources.has('') ? [''] : [...sources].sort();
}

/** Where a path of the context stands to a source: above it, exactly it, below it, or apart. */
export function relateToSource(
  path: string,
  source: string,
): 'above' | 'exact' | 'below' | 'apart' {
  const parts = path.split('/');
  const patterns = source === '' ? [] : source.split('/');
  const shared = Math.min(parts.length, patterns.length);
  for (let index = 0; index < shared; index++) {
    if (!matches(parts[index] ?? '', patterns[index] ?? '')) return 'apart';
  }
  if (parts.length < patterns.length) return 'above';
  return parts.length === patterns.length ? 'exact' : 'below';
}

function contextSources(instruction: Instruction): string[] {
  const keyword = instruction.getKeyword();
  if (keyword === 'RUN') return boundSources(instruction as JSONInstruction);
  if (keyword !== 'COPY' && keyword !== 'ADD') return [];
  if (keyword === 'COPY' && (instruction as Copy).getFromFlag() !== null) return [];
  const sources = copyArguments(instruction as JSONInstruction).slice(0, -1);
  const elsewhere = keyword === 'ADD' ? /^(<<|(https?|git|ssh):\/\/|git@)/i : /^<</;
  return sources.filter((source) => !elsewhere.test(source));
}

/** What `RUN --mount=type=bind` shows of the context; bind is the type where none is named. */
function boundSources(instruction: JSONInstruction): string[] {
  return mountsOf(instruction)
    .filter(({ type = 'bind', from }) => type === 'bind' && from === undefined)
    .map(({ source, src }) => source ?? src ?? '');
}

/** The images and stages that `RUN --mount=from=…` shows. */
export function mountedFrom(instruction: JSONInstruction): string[] {
  return mountsOf(instruction).flatMap(({ from }) => from ?? []);
}

function mountsOf(instruction: JSONInstruction): Record<string, string | undefined>[] {
  return instruction
    .getFlags()
    .filter((flag) => flag.getName() === 'mount')
    .map((flag) =>
      Object.fromEntries(
        (flag.getValue() ?? '').split(',').map((field) => {
          const [name = '', ...value] = field.split('=');
          return [name, value.join('=')];
        }),
      ),
    );
}

function copyArguments(instruction: JSONInstruction): string[] {
  const content = instruction.getArgumentsContent() ?? '';
  // COPY and ADD have the same method as RUN. To the parser, the texts are arguments too.
  if ((instruction as Run).getHeredocs().length > 0) {
    const [line = ''] = content.split('\n');
    return line.split(/\s+/).filter((word) => word !== '' && !word.startsWith('--'));
  }
  if (instruction.getOpeningBracket() === null) {
    const words = instruction.getArguments().map(String);
    // The parser cuts words at escaped spaces too.
    return /[\\`]/.test(content) ? ['', ''] : words;
  }
  const flags: Flag[] = instruction.getFlags();
  const list = flags.reduce((text, flag) => text.replace(flag.toString(), ''), content);
  try {
    return JSON.parse(list.slice(list.indexOf('['))) as string[];
  } catch {
    // Not JSON after all: the engine reads it as words, and so do we.
    return instruction.getArguments().map(String);
  }
}

function normalize(source: string): string {
  if (/[$\\"']/.test(source)) return '';
  return posix.normalize(`/${source}`).replace(/^\/+|\/+$/g, '');
}

/** Go's filepath.Match for one component, as the engine uses it. */
function matches(name: string, pattern: string): boolean {
  if (!/[*?[]/.test(pattern)) return name === pattern;
  const expression = pattern
    .replace(/[.+${}()|]|(?<!\[)\^/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  try {
    return new RegExp(`^${expression}$`, 'su').test(name);
  } catch {
    // An unclosed "[": the engine refuses it, so what it matches does not matter.
    return true;
  }
}
