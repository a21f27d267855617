import { join, posix } from 'node:path';
import type { ImageFacts } from '../../plan/world.ts';
import type { Docker } from '../docker.ts';
import type { ImageInspection } from '../docker/answers.ts';
import { probeLabel } from '../../plan/image-labels.ts';
import { readCached, writeCached } from '../host/json-cache.ts';
import { readFileFromTar } from '../container/tar.ts';

/** What can only be learnt by looking into the image: costly, and always the same for one id. */
type Content = Pick<ImageFacts, 'passwd' | 'group' | 'shells' | 'canSleep'>;

type Configuration = Omit<ImageFacts, keyof Content>;

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
  const settings = configuration(image);
  let content = await readCached<Content>(file, format);
  if (content === undefined) {
    content = await probe(docker, settings);
    await writeCached(file, format, content);
  }
  return { ...settings, ...content };
}

/** Where the facts of an image are kept. */
export function factsFile(cacheFolder: string, imageId: string): string {
  return join(factsFolder(cacheFolder), `${imageId.replace(/^sha256:/, '')}.json`);
}

export function factsFolder(cacheFolder: string): string {
  return join(cacheFolder, 'images');
}

/** Changes when what a cache file holds changes, so that older files are read no more. */
const format = 2;

const shells = ['bash', 'zsh', 'fish', 'ash', 'dash', 'sh'].flatMap((name) => [
  `/bin/${name}`,
  `/usr/bin/${name}`,
]);

async function probe(docker: Docker, { id, environment }: Configuration): Promise<Content> {
  const container = await docker.createProbe(id, { [probeLabel]: String(Date.now()) });
  const isFile = async (path: string): Promise<boolean> =>
    (await docker.stat(container, path))?.folder === false;
  const searched = (environment.PATH ?? '/usr/local/bin:/usr/bin').split(':');
  try {
    const [passwd, group, areShells, areSleeps] = await Promise.all([
      readText(docker, container, '/etc/passwd'),
      readText(docker, container, '/etc/group'),
      Promise.all(shells.map(isFile)),
      Promise.all(['/bin', ...searched].map((folder) => isFile(posix.join(folder, 'sleep')))),
    ]);
    return {
      passwd,
      group,
      shells: shells.filter((_, index) => areShells[index]),
      canSleep: areSleeps.includes(true),
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

function configuration({ Id, Config }: ImageInspection): Configuration {
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
