import { posix } from 'node:path';
import { DevenvError } from '../errors.ts';
import type { ContainerSpec } from '../plan/container-spec.ts';
import type { Docker } from './docker.ts';

/**
 * Fails with `config_invalid` when the created container lacks the program that is to keep it up:
 * under the engine's small init it would end without a word. Most images have it in /bin, so that
 * one look is enough.
 */
export async function requireProgram(
  docker: Docker,
  container: string,
  { entrypoint, image }: ContainerSpec,
): Promise<void> {
  const [program] = entrypoint ?? [];
  if (program === undefined || (await isIn('/bin'))) return;
  const environment = (await docker.inspectContainer(container))?.Config.Env ?? [];
  const path = environment.find((line) => line.startsWith('PATH='))?.slice('PATH='.length);
  for (const folder of (path ?? '/usr/local/bin:/usr/bin').split(':')) {
    if (await isIn(folder)) return;
  }
  throw new DevenvError('config_invalid', `The image ${image} has no ${program}.`, {
    hint: `A workspace needs it to stay up. Add it to the image, or write "init: image" if the image has a command of its own that goes on.`,
  });

  async function isIn(folder: string): Promise<boolean> {
    return (await docker.stat(container, posix.join(folder, program!))) !== undefined;
  }
}
