import { imageLabels, isOwnName } from '../../plan/image-labels.ts';
import { labels } from '../../plan/labels.ts';
import type { Caller } from '../../plan/world.ts';
import type { Docker } from '../docker.ts';

/** An image that devenv made, or that a workspace of the caller is made from. */
export interface DevenvImage {
  id: string;
  /** Names with tags; none where a newer image took the last one. */
  references: string[];
  /** Bytes, with the layers that other images have too. */
  size: number;
  /** ISO 8601. */
  createdAt: string;
  /** What it was built on; undefined where devenv did not build it. */
  base: string | undefined;
  /** Names of the caller's workspaces that are made from it. */
  usedBy: string[];
}

/** The images that are devenv's business, the newest first. */
export async function listDevenvImages(docker: Docker, caller: Caller): Promise<DevenvImage[]> {
  const [images, containers] = await Promise.all([
    docker.listImages(),
    docker.listContainers([`${labels.uid}=${caller.uid}`, labels.id]),
  ]);
  return images
    .map((image): DevenvImage & { made: boolean } => {
      const found = image.Labels ?? {};
      const references = (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');
      const users = containers.filter(({ ImageID }) => ImageID === image.Id);
      return {
        id: image.Id,
        references,
        size: image.Size,
        createdAt: new Date(image.Created * 1000).toISOString(),
        base: found[imageLabels.base] || undefined,
        usedBy: users.map(({ Labels, Id }) => Labels[labels.name] ?? Id.slice(0, 12)).sort(),
        made: isMade(found, references),
      };
    })
    .filter(({ made, usedBy }) => made || usedBy.length > 0)
    .map(({ made: _, ...image }) => image)
    .sort((one, other) => other.createdAt.localeCompare(one.createdAt));
}

/** Images that others build on ours inherit the labels, but not the names. */
function isMade(found: Record<string, string>, references: string[]): boolean {
  const bootstrapped = found[imageLabels.bootstrap];
  if (bootstrapped !== undefined && references.includes(bootstrapped)) return true;
  if (found[imageLabels.built] === undefined) return false;
  return references.every((reference) => isOwnName(reference, found));
}
