import { labels } from '../../plan/labels.ts';
import { personalRepositories } from '../../plan/image.ts';
import type { Docker } from '../docker.ts';
import type { ImageListing } from '../docker/answers.ts';
import type { BuildSource } from './build-files.ts';

/** So many builds back, a layer may still be of use. */
const most = 16;

/**
 * The images whose layers a confined build may take over: the person's own alone. Left to itself
 * the builder takes any layer that the same command has led to, though what the command found on
 * the network, or by a proxy that somebody named, was somebody else's choice.
 */
export async function personalCache(docker: Docker, { confined }: BuildSource): Promise<string[]> {
  if (confined === undefined) return [];
  const repositories = personalRepositories(confined.uid);
  const images = await imagesOf(docker, confined.uid, `${repositories}/`);
  const own = images.slice(0, most).map(({ Id }) => Id);
  // Without any image the builder would look at all; this one never exists.
  return own.length > 0 ? own : [`${repositories}/none:none`];
}

/** So many builds of one project stay for when the files are again what they were. */
const kept = 3;

/**
 * Removes what earlier builds of the same project have left, but the newest of them and what is
 * in use: nobody behind the login shell can say "devenv prune".
 */
export async function removeEarlier(
  docker: Docker,
  { confined }: BuildSource,
  reference: string,
): Promise<void> {
  if (confined === undefined) return;
  const repository = reference.slice(0, reference.lastIndexOf(':') + 1);
  const images = await imagesOf(docker, confined.uid, repository);
  const tags = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  const others = tags.filter((tag) => tag.startsWith(repository) && tag !== reference);
  for (const tag of others.slice(kept - 1)) await docker.removeImage(tag);
}

/** The newest first. */
async function imagesOf(docker: Docker, uid: number, start: string): Promise<ImageListing[]> {
  const images = await docker.listImages([`${labels.uid}=${uid}`]);
  return images
    .filter(({ RepoTags }) => (RepoTags ?? []).some((tag) => tag.startsWith(start)))
    .sort((one, other) => other.Created - one.Created);
}
