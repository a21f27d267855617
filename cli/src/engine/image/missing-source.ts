import { lstat, readdir } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { suggest } from '../../config/suggest.ts';
import { readDockerignore } from './dockerignore.ts';

/** How the builders say that the context has no such path. */
const sayings = [
  /forbidden path outside the build context: (?<path>.+?)(?: \(.*\))?$/,
  /file not found in build context.*: stat (?<path>.+?): file does not exist/,
  /"\/(?<path>[^"]+)":? not found/,
  // Of a path whose folder has not been sent at all, only the folder.
  /failed to walk \S+\/buildkit-mount\d+\/(?<folder>[^:]+): lstat/,
];

interface Place {
  /** Absolute host paths. */
  dockerfile: string;
  context: string;
  /** The Dockerfile's text: BuildKit says /file where it stands for ../file. */
  text: string;
}

/**
 * Why COPY, ADD or a bind mount does not find what it names, with what to do about it; undefined
 * where a build has failed for another reason.
 */
export async function explainMissingSource(
  said: string,
  { dockerfile, context, text }: Place,
): Promise<string | undefined> {
  const found = sayings.map((saying) => saying.exec(said)?.groups).find(Boolean);
  if (found === undefined) return undefined;
  const path = found.path ?? firstBelow(found.folder ?? '', text);
  const above = `../${posix.normalize(path).replace(/^(?:\.\.\/)+/, '')}`;
  if (path.startsWith('../') || text.includes(above)) {
    return `A build sees only what is in its context, ${context}: copy the file into it, or name a folder above it as "build.context".`;
  }
  if (await isThere(join(context, path))) {
    const { file } = await readDockerignore(dockerfile, context);
    return (
      file && `"${path}" is there, but ${file} leaves it out of the build: except it by "!${path}".`
    );
  }
  const folder = dirname(join(context, path));
  const near = suggest(basename(path), await readdir(folder).catch(() => []));
  const meant =
    near === undefined ? '' : ` Did you mean "${posix.join(posix.dirname(path), near)}"?`;
  return `There is no "${path}" in the context ${context}.${meant}`;
}

/** The first word of a Dockerfile that is a path in a folder; the folder where there is none. */
function firstBelow(folder: string, text: string): string {
  const words = text.match(/[^\s"'[\],=]+/g) ?? [];
  return (
    words.map((word) => posix.normalize(word)).find((word) => word.startsWith(`${folder}/`)) ??
    folder
  );
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
