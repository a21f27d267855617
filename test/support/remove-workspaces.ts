import { labels } from '../../cli/src/plan/labels.ts';
import { testEngine } from './engine.ts';

/** Removes the containers and volumes of every project at or below a folder, and images built for them. */
export async function removeWorkspacesBelow(folder: string): Promise<void> {
  const docker = testEngine();
  const isBelow = (resource: { Labels: Record<string, string> | null }): boolean => {
    const root = resource.Labels?.[labels.root];
    return root !== undefined && (root === folder || root.startsWith(`${folder}/`));
  };
  for (const { Id, Image } of (await docker.listContainers([labels.root])).filter(isBelow)) {
    await docker.removeContainer(Id);
    // One that another workspace was made from too stays: the engine refuses.
    if (Image.startsWith('devenv/')) await docker.removeImage(Image);
  }
  for (const { Name } of (await docker.listVolumes([labels.root])).filter(isBelow)) {
    await docker.removeVolume(Name);
  }
}
