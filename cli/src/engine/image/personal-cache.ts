import { labels } from '../../plan/labels.ts';
import { personalRepositories } from '../../plan/image.ts';
import type { Docker } from '../docker.ts';
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
  const images = await docker.listImages([`${labels.uid}=${confined.uid}`]);
  const own = images
    .filter(({ RepoTags }) => (RepoTags ?? []).some((tag) => tag.startsWith(`${repositories}/`)))
    .sort((one, other) => other.Created - one.Created)
    .slice(0, most)
    .map(({ Id }) => Id);
  // Without any image the builder would look at all; this one never exists.
  return own.length > 0 ? own : [`${repositories}/none:none`];
}
