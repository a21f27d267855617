import { posix } from 'node:path';
import { DevenvError } from '../../errors.ts';
import type { ContainerSpec } from '../../plan/container-spec.ts';
import type { Docker } from '../docker.ts';

/**
 * Makes sure that what is mounted into a container that has not started is mounted where its path
 * says. A link on the way, which somebody can have put into an image of their own, would lead to
 * what has to stay devenv's, or the engine's. Throws `denied`.
 */
export async function refuseLinks(
  docker: Docker,
  container: string,
  { mounts }: ContainerSpec,
): Promise<void> {
  const checked = new Set<string>();
  for (const { target } of mounts) {
    for (const step of stepsTo(target)) {
      if (checked.has(step)) continue;
      checked.add(step);
      const facts = await docker.stat(container, step);
      if (facts === undefined) break;
      if (facts.linkTarget !== '' && facts.linkTarget !== step) throw isLink(target, step);
    }
  }
}

/** `/srv`, `/srv/data`. */
function stepsTo(path: string): string[] {
  const parts = posix.normalize(path).split('/').filter(Boolean);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

function isLink(target: string, step: string): DevenvError {
  const message = `Nothing can be mounted at ${target}: ${step} is a link in the image.`;
  return new DevenvError('denied', message, {
    hint: 'Correct the Dockerfile, or name the place in devenv.yaml that the link leads to.',
  });
}
