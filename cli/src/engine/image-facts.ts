import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ImageFacts } from '../plan/world.ts';
import type { Docker, ImageInspection } from './docker.ts';
import { probeLabel } from '../plan/image-labels.ts';
import { readFileFromTar } from './tar.ts';

/** What can only be learnt by looking into the image: costly, and always the same for one id. */
type Content = Pick<ImageFacts, 'passwd' | 'group' | 'shells'>;

/**
 * What the plan needs to know of an image; undefined when the engine does not have it. What is
 * read from its files is kept in `cacheFolder` by image id.
 */
export async function readImageFacts(
  docker: Docker,
  reference: string,
  cacheFolder: string,
): Promise<ImageFacts | undefined> {
  const image = await docker.inspectImage(reference);
  if (image === undefined) return undefined;
  const file = factsFile(cacheFolder, image.Id);
  let content = await readCache(file);
  if (content === undefined) {
    content = await probe(docker, image.Id);
    await writeCache(file, content);
  }
  return { ...configuration(image), ...content };
}

/** Where the facts of an image are kept. */
export function factsFile(cacheFolder: string, imageId: string): string {
  return join(factsFolder(cacheFolder), `${imageId.replace(/^sha256:/, '')}.json`);
}

export function factsFolder(cacheFolder: string): string {
  return join(cacheFolder, 'images');
}

/** Changes when what a cache file holds changes, so that older files are read no more. */
const format = 1;

const shells = ['bash', 'zsh', 'fish', 'ash', 'dash', 'sh'].flatMap((name) => [
  `/bin/${name}`,
  `/usr/bin/${name}`,
]);

async function readCache(file: string): Promise<Content | undefined> {
  try {
    const kept = JSON.parse(await readFile(file, 'utf8')) as { format: number; content: Content };
    return kept.format === format ? kept.content : undefined;
  } catch {
    // Absent or cut off: it is a cache, and the image has everything.
    return undefined;
  }
}

async function writeCache(file: string, content: Content): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(unfinished, JSON.stringify({ format, content }));
    await rename(unfinished, file);
  } catch {
    // Without the cache the next call takes longer; that is no reason to fail this one.
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
}

async function probe(docker: Docker, image: string): Promise<Content> {
  const container = await docker.createProbe(image, { [probeLabel]: String(Date.now()) });
  try {
    const [passwd, group, ...found] = await Promise.all([
      readText(docker, container, '/etc/passwd'),
      readText(docker, container, '/etc/group'),
      ...shells.map((path) => docker.stat(container, path)),
    ]);
    return {
      passwd,
      group,
      shells: shells.filter((_, index) => found[index]?.folder === false),
    };
  } finally {
    await docker.removeContainer(container);
  }
}

async function readText(docker: Docker, container: string, path: string): Promise<string> {
  const text = await readFileAt(docker, container, path);
  if (text !== undefined) return text;
  // The archive of a symlink holds the link alone; its target has to be asked for by name.
  const target = (await docker.stat(container, path))?.linkTarget ?? '';
  if (target === '' || target === path) return '';
  return (await readFileAt(docker, container, target)) ?? '';
}

async function readFileAt(
  docker: Docker,
  container: string,
  path: string,
): Promise<string | undefined> {
  const tar = await docker.getArchive(container, path);
  return tar && (await readFileFromTar(tar))?.toString();
}

function configuration({ Id, Config }: ImageInspection): Omit<ImageFacts, keyof Content> {
  return {
    id: Id,
    user: Config.User ?? '',
    entrypoint: Config.Entrypoint ?? [],
    command: Config.Cmd ?? [],
    workingDir: Config.WorkingDir ?? '',
    environment: Object.fromEntries((Config.Env ?? []).map(splitVariable)),
  };
}

function splitVariable(line: string): [string, string] {
  const equals = line.indexOf('=');
  return equals === -1 ? [line, ''] : [line.slice(0, equals), line.slice(equals + 1)];
}
