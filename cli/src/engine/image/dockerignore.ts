import { readFile } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { DevenvError } from '../../errors.ts';

/** Which paths of a build context are left out. Paths are relative, with slashes. */
export interface Dockerignore {
  /** The file the rules are from; undefined when there is none and nothing is left out. */
  file: string | undefined;
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

async function parse(text: string, file: string): Promise<Dockerignore> {
  const { default: createIgnore } = await import('@balena/dockerignore');
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const ignore = createIgnore({ ignorecase: false });
  for (const [index, line] of lines.entries()) {
    try {
      // A bad pattern is noticed only when it is used.
      createIgnore({ ignorecase: false }).add([line]).ignores('x');
    } catch (cause) {
      throw new DevenvError(
        'config_invalid',
        `${file}:${index + 1}: "${line.trim()}" is not a pattern.`,
        {
          hint: 'Patterns are as in Docker: *, ?, [a-z], ** and a leading ! for exceptions.',
          cause,
        },
      );
    }
    ignore.add([line]);
  }
  const exceptions = lines
    .map((line) => line.trim())
    .filter((line) => line.startsWith('!'))
    .map((line) => `${posix.join('/', line.slice(1).trim()).slice(1)}/`);
  return {
    file,
    ignores: (path) => ignore.ignores(path),
    mayKeepBelow: (folder) => exceptions.some((pattern) => pattern.startsWith(`${folder}/`)),
  };
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
