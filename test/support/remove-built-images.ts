import { labels } from '../../cli/src/plan/labels.ts';
import { testEngine } from './engine.ts';

/** Removes the images that devenv built for projects whose names begin so; to be called last. */
export async function removeBuiltImages(projectPrefix: string): Promise<void> {
  const docker = testEngine();
  for (const image of await docker.listImages([labels.built])) {
    for (const tag of image.RepoTags ?? []) {
      if (tag.startsWith(`devenv/${projectPrefix}`)) await docker.removeImage(tag);
    }
  }
}
