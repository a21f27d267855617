import { join, posix } from 'node:path';
import type { ImageFacts } from '../../plan/world.ts';
import type { Docker } from '../docker.ts';
import type { ImageInspection } from '../docker/answers.ts';
import { probeLabel } from '../../plan/image-labels.ts';
import { readCached, writeCached } from '../host/json-cache.ts';
import { readAccountFile, type Keeping } from './account-files.ts';

/** What can only be learnt by looking into the image: costly, and always the same for one id. */
type Content = Pick<ImageFacts, 'passwd' | 'group' | 'shells' | 'canSleep'>;

type Configuration = Omit<ImageFacts, keyof Content>;

/**
 * What the plan needs to know of an image; undefined when the engine does not have it, or another
 * one by that name. What is read from its files is kept in `cacheFolder` by image id.
 */
export async function readImageFacts(
  docker: Docker,
  reference: string,
  cacheFolder: string,
  isMeant: (image: ImageInspection) => boolean = () => true,
): Promise<ImageFacts | undefined> {
  const image = await docker.inspectImage(reference);
  if (image === undefined || !isMeant(image)) return undefined;
  const file = factsFile(cacheFolder, image.Id);
  const settings = configuration(image);
  let content = await readCached<Content>(file, format);
  if (content === undefined) {
    content = await probe(docker, settings, {
      cacheFolder,
      lowestLayer: image.RootFS.Layers?.[0] ?? image.Id,
    });
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

const shells = ['bash', 'zsh', 'fish', 'ash', 'dash', 'sh'];

async function probe(
  docker: Docker,
  { id, environment }: Configuration,
  keeping: Keeping,
): Promise<Content> {
  const container = await docker.createProbe(id, { [probeLabel]: String(Date.now()) });
  try {
    const [passwd, group, shells, canSleep] = await Promise.all([
      readAccountFile(docker, container, '/etc/passwd', keeping),
      readAccountFile(docker, container, '/etc/group', keeping),
      findShells(docker, container),
      hasSleep(docker, container, environment.PATH ?? '/usr/local/bin:/usr/bin'),
    ]);
    return { passwd, group, shells, canSleep };
  } finally {
    await docker.removeContainer(container);
  }
}

/** The engine mounts the container's files anew for each look: 10 ms that many can do without. */
async function findShells(docker: Docker, container: string): Promise<string[]> {
  const bin = await docker.stat(container, '/bin');
  const isMerged = bin?.linkTarget === '/usr/bin';
  const found = await Promise.all(
    shells.map(async (name) => {
      const inBin = await isFile(docker, container, `/bin/${name}`);
      const inUsr = isMerged ? inBin : await isFile(docker, container, `/usr/bin/${name}`);
      return [...(inBin ? [`/bin/${name}`] : []), ...(inUsr ? [`/usr/bin/${name}`] : [])];
    }),
  );
  return found.flat();
}

async function hasSleep(docker: Docker, container: string, searched: string): Promise<boolean> {
  for (const folder of new Set(['/bin', ...searched.split(':')])) {
    if (await isFile(docker, container, posix.join(folder, 'sleep'))) return true;
  }
  return false;
}

async function isFile(docker: Docker, container: string, path: string): Promise<boolean> {
  return (await docker.stat(container, path))?.folder === false;
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
