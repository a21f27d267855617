import type { Config } from '../config/config.ts';
import { slug } from './identity.ts';
import type { Intent, Step } from './plan.ts';
import type { ImageFacts, World } from './world.ts';

/**
 * The image of a workspace. A built one is tagged with the hash of its inputs: equal inputs have
 * equal tags, so that nothing is built twice.
 */
export function imageReference(config: Config, imageInputs: string | undefined): string {
  if (config.image.kind === 'image') return config.image.reference;
  return `${builtRepository(config)}:${(imageInputs ?? 'unknown').slice(0, 12)}`;
}

function builtRepository(config: Config): string {
  return `devenv/${slug(config.project.name) || 'project'}`;
}

/** What it takes to have the image, before the container can be planned in detail. */
export function planImage(config: Config, world: World, intent: Intent): Step[] {
  const reference = imageReference(config, world.imageInputs);
  const missing = world.image === undefined;
  if (config.image.kind === 'image') {
    if (intent.kind === 'rebuild' && intent.pull) {
      return [{ do: 'pull-image', reference, reason: 'asked for with --pull' }];
    }
    return missing ? [{ do: 'pull-image', reference, reason: 'it is not on this engine yet' }] : [];
  }
  const repository = builtRepository(config);
  if (intent.kind === 'rebuild') {
    const { noCache, pull } = intent;
    return [{ do: 'build-image', repository, noCache, pull, reason: 'asked for' }];
  }
  if (!missing) return [];
  const reason = world.container === undefined ? 'it is not built yet' : 'its inputs have changed';
  return [{ do: 'build-image', repository, noCache: false, pull: false, reason }];
}

/** Stands in for an image that nobody has seen yet, so that a plan can be shown. */
export function unseenImage(config: Config, reference: string): ImageFacts {
  const named = config.user !== 'me' && config.user !== 'root';
  return {
    id: reference,
    user: '',
    entrypoint: [],
    command: [],
    workingDir: '',
    environment: {},
    passwd: named ? `${config.user}:x:1000:1000::/home/${config.user}:/bin/sh\n` : '',
    group: '',
    shells: ['/bin/sh'],
    canSleep: true,
  };
}
