import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildWithDebootstrap } from './bootstrap/with-debootstrap.ts';
import { buildWithMmdebstrap } from './bootstrap/with-mmdebstrap.ts';
import { finishScript } from './bootstrap/finish-script.ts';
import { importImage } from './bootstrap/import-image.ts';
import { findIngredients } from './bootstrap/ingredients.ts';
import { type BaseImage, parseReference } from './bootstrap/parse-reference.ts';
import type { BootstrapOptions, BootstrapPlace } from './bootstrap/place.ts';
import type { Recipe } from './bootstrap/recipe.ts';
import { provideTool, type Tool } from './bootstrap/tool.ts';
import type { Docker } from './docker.ts';
import { reportStep } from './container/report-step.ts';
import { unmountBelow } from './host/unmount-below.ts';

export type { BootstrapOptions, BootstrapPlace };

export interface BootstrappedImage {
  reference: string;
  id: string;
  /** False when there was an image of that name already. */
  built: boolean;
}

/**
 * Builds `debian:SUITE[-slim]` or `ubuntu:SUITE` from the distribution's packages and gives the
 * image exactly that name, for places that reach no image registry. The packages come from where
 * this machine's own come from. Fails with `usage`, `bootstrap_failed`, `interrupted`.
 */
export async function bootstrapImage(
  docker: Docker,
  reference: string,
  place: BootstrapPlace,
  options: BootstrapOptions,
): Promise<BootstrappedImage> {
  const image = parseReference(reference);
  const existing = await docker.inspectImage(reference);
  if (existing !== undefined && options.force !== true) {
    return { reference, id: existing.Id, built: false };
  }
  const tool = await provideTool(image, place, options);
  const text = {
    index: 1,
    title: `build ${reference} with ${tool}`,
    reason: existing === undefined ? 'there is no such image' : 'asked for',
  };
  await reportStep(options.report, text, (onLine) =>
    inTemporaryFolder(place, async (folder) => {
      const recipe = await prepare(image, place, folder, { ...options, onLine });
      const root = await build(tool, recipe, place);
      onLine(`importing ${reference} into ${docker.host}`);
      await importImage(docker, image, root, options.signal);
    }),
  );
  const built = await docker.inspectImage(reference);
  return { reference, id: built?.Id ?? '', built: true };
}

async function prepare(
  image: BaseImage,
  place: BootstrapPlace,
  folder: string,
  { signal, onLine }: Pick<Recipe, 'signal' | 'onLine'>,
): Promise<Recipe> {
  const ingredients = await findIngredients(image, place, signal);
  const { lines: sources, aptLines } = ingredients;
  const script = join(folder, 'finish');
  await writeFile(script, finishScript({ image, sources, aptLines }), { mode: 0o755 });
  return { image, ingredients, folder, script, signal, onLine };
}

function build(
  tool: Tool,
  recipe: Recipe,
  { caller }: BootstrapPlace,
): ReturnType<typeof buildWithDebootstrap> {
  return tool === 'debootstrap'
    ? buildWithDebootstrap(recipe)
    : Promise.resolve(buildWithMmdebstrap(recipe, caller.uid));
}

/** /tmp is often small, in memory, or mounted nodev; /var/tmp is for this. */
async function inTemporaryFolder<T>(
  { environment }: BootstrapPlace,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(environment.TMPDIR ?? '/var/tmp', 'devenv-bootstrap-'));
  try {
    // Inside a user namespace its root, who runs the script, is one of the others.
    await chmod(folder, 0o755);
    return await work(folder);
  } finally {
    // debootstrap mounts /proc inside, and unmounts it only when it comes to its end.
    await unmountBelow([folder]);
    await rm(folder, { recursive: true, force: true });
  }
}
