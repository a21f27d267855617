import { DevenvError } from '../../errors.ts';
import type { Recipe } from './recipe.ts';

/** Says what went wrong from what the bootstrap program wrote last. */
export function bootstrapFailed(
  { image, ingredients }: Pick<Recipe, 'image' | 'ingredients'>,
  output: string[],
): DevenvError {
  const mirror = ingredients.mirror ?? 'The default mirror';
  const text = output.join('\n');
  const [message, hint] = explain(text, mirror, image.suite);
  return new DevenvError('bootstrap_failed', `${image.reference} could not be built: ${message}`, {
    hint,
    details: output.slice(-10),
  });
}

function explain(text: string, mirror: string, suite: string): [string, string] {
  if (/No space left on device/i.test(text)) {
    return ['the disk is full.', 'Free some space, or set TMPDIR to a larger disk.'];
  }
  if (/404|does not have a Release file|Invalid Release|Couldn't download dists/i.test(text)) {
    return [
      `${mirror} has no release "${suite}".`,
      'Check the codename; older releases are on an archive mirror of their own.',
    ];
  }
  if (/Failed getting release file|Could not resolve|Unable to connect|Connection/i.test(text)) {
    return [
      `${mirror} cannot be reached, or has no release "${suite}".`,
      'Check the codename, and whether "apt-get update" works on this machine.',
    ];
  }
  if (/Operation not permitted/i.test(text)) {
    return [
      'this machine does not let us mount what that needs.',
      'Run it as root outside a container, or on another machine and copy the image with "docker save".',
    ];
  }
  return ['see below.', 'See whether "apt-get update" works on this machine.'];
}
