import { readFile } from 'node:fs/promises';
import { basename, join, normalize, sep } from 'node:path';
import type createIgnore from '@balena/dockerignore';
import { DevenvError } from '../../errors.ts';

/** Which paths of a build context are left out. Paths are relative, with slashes. */
export interface Dockerignore {
  /** The file the rules are from; undefined when there is none and nothing is left out. */
  file: string | undefined;
  /** Quick where a path comes soon after others of its folder. */
  ignores(path: string): boolean;
  /** Whether a rule such as `!folder/file` may bring back something inside an ignored folder. */
  mayKeepBelow(folder: string): boolean;
}

/**
 * The rules of `<Dockerfile>.dockerignore`, or else of the context's .dockerignore.
 * Throws `config_invalid` for a pattern that cannot be understood.
 */
export async function readDockerignore(dockerfile: string, context: string): Promise<Dockerignore> {
  for (const file of [`${dockerfile}.dockerignore`, join(context, '.dockerignore')]) {
    const text = await readIfThere(file);
    if (text !== undefined) return parse(text, file);
  }
  return { file: undefined, ignores: () => false, mayKeepBelow: () => false };
}

interface Rule {
  pattern: string;
  /** Whether it brings back what earlier rules leave out. */
  exception: boolean;
  /** Whether it names this very path; a folder's rules hold for what is in it too. */
  names: (path: string) => boolean;
}

async function parse(text: string, file: string): Promise<Dockerignore> {
  const { default: create } = await import('@balena/dockerignore');
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const rules = lines.flatMap((line, index): Rule[] => {
    if (line.startsWith('#') || line.trim() === '') return [];
    const exception = line.trim().startsWith('!');
    const pattern = clean(
      line
        .trim()
        .slice(exception ? 1 : 0)
        .trim(),
    );
    if (!isPattern(pattern, create)) throw notAPattern(file, index, line);
    return [{ pattern, exception, names: matcherOf(pattern, create) }];
  });
  const exceptions = rules.filter(({ exception }) => exception);
  return {
    file,
    ignores: decide(rules),
    mayKeepBelow: (folder) =>
      exceptions.some(({ pattern }) => `${pattern}/`.startsWith(`${folder}/`)),
  };
}

/** What is known of one path: the verdict, and the rules that hold for what is in it. */
interface Decision {
  ignored: boolean;
  holding: boolean[];
}

/** Folders that are remembered; a walk needs those above it. */
const rememberedFolders = 1000;

/** The last rule that names a path or a folder above it decides, as in moby/patternmatcher. */
function decide(rules: Rule[]): (path: string) => boolean {
  const folders = new Map<string, Decision>();
  return (path) => decideOn(path).ignored;

  function decideOn(path: string): Decision {
    const slash = path.lastIndexOf('/');
    const above = slash === -1 ? undefined : folder(path.slice(0, slash));
    const decision: Decision = { ignored: false, holding: [] };
    for (const [index, { exception, names }] of rules.entries()) {
      // Docker skips a rule that would change nothing, also for what is below: so the test.
      const holds =
        above?.holding[index] === true || (exception === decision.ignored && names(path));
      decision.holding.push(holds);
      if (holds) decision.ignored = !exception;
    }
    return decision;
  }

  function folder(path: string): Decision {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const decision = decideOn(path);
    if (folders.size >= rememberedFolders) folders.clear();
    folders.set(path, decision);
    return decision;
  }
}

type CreateIgnore = typeof createIgnore;

/** Paths after which the library is made anew, since it remembers each that it was asked for. */
const rememberedPaths = 1000;

/** One pattern by the library, which is asked only where the plain ends of the pattern fit. */
function matcherOf(pattern: string, create: CreateIgnore): (path: string) => boolean {
  const [head = ''] = pattern.split(special);
  // What follows a "**" may also stand at the very beginning, without its slash.
  const tail = (pattern.split(special).at(-1) ?? '').replace(/^\//, '');
  let ask = askLibrary(pattern, create);
  let asked = 0;
  return (path) => {
    if (!path.startsWith(head) || !path.endsWith(tail)) return false;
    if (++asked % rememberedPaths === 0) ask = askLibrary(pattern, create);
    return ask(path);
  };
}

/**
 * The library also looks at the folders above a path, other than Docker does: the mark keeps them
 * from fitting. A leading space keeps it from taking "#" for a comment.
 */
function askLibrary(pattern: string, create: CreateIgnore): (path: string) => boolean {
  // Where a folder fits this, everything in it does.
  const mark = pattern.endsWith('**') ? '' : '\u0001';
  const library = create({ ignorecase: false }).add([` ${forLibrary(pattern)}${mark}`]);
  return (path) => library.ignores(path + mark);
}

const special = /[*?[\]\\]/;

/** The library follows an older Docker: these are where newer ones differ. */
function forLibrary(pattern: string): string {
  // Where all is plain but a "**" at one end, nothing else has a meaning, and "**.log" is what
  // ends so.
  const plain = pattern.replace(/^\*\*|\*\*$/, '');
  if (!special.test(plain)) {
    const open = pattern.startsWith('**') && !/^(\/|$)/.test(plain);
    return escape(open ? `**/${pattern.slice(1)}` : pattern).replaceAll('^', '[\\^]');
  }
  return escape(pattern);
}

/** Only *, ?, [] and, save on Windows, the backslash have a meaning. */
function escape(pattern: string): string {
  return pattern
    .replace(/\\.|\[[^\]]*\]|[+(){}|]/gs, (found) =>
      /^[+(){}|]$/.test(found) ? `[${found}]` : found,
    )
    .replace(/^!/, '[!]');
}

/** As Go's filepath.Clean, without a leading slash. */
function clean(pattern: string): string {
  const normal = pattern === '' ? '' : normalize(pattern).replaceAll(sep, '/');
  return normal.replace(/(?<=.)\/$/, '').replace(/^\/(?=.)/, '');
}

/**
 * Docker asks Go's filepath.Match, which looks closely up to the first "*": classes are closed and
 * not empty, escapes complete. Further on, it is the regular expression that has to be one.
 */
function isPattern(pattern: string, create: CreateIgnore): boolean {
  const [start = ''] = pattern.replace(escapeOrClass, '').split('*');
  if (pattern === '' || start.includes('[') || (sep === '/' && start.includes('\\'))) return false;
  try {
    askLibrary(pattern, create)('x');
    return true;
  } catch {
    return false;
  }
}

const escapeOrClass = /\\.|\[\^?(?:(?:\\.|[^\]\\-])(?:-(?:\\.|[^\]\\-]))?)+\]/gs;

function notAPattern(file: string, index: number, line: string): DevenvError {
  return new DevenvError(
    'config_invalid',
    `${file}:${index + 1}: "${line.trim()}" is not a pattern.`,
    {
      hint: 'Patterns are as in Docker: *, ?, [a-z], ** and a leading ! for exceptions.',
    },
  );
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new DevenvError('config_invalid', `${file} cannot be read.`, {
      hint: `Make ${basename(file)} a file that you may read, or remove it.`,
      cause,
    });
  }
}
