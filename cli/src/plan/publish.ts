import type { Config } from '../config/config.ts';
import { DevenvError } from '../errors.ts';
import { isMixed } from './image-labels.ts';
import { imageReference, planImage, prebuiltNotices } from './image.ts';
import type { Intent, Plan, Step } from './plan.ts';
import type { World } from './world.ts';

type BuildIntent = Extract<Intent, { kind: 'build' }>;

/** `devenv build`: the image alone, and with --push in the registry. */
export function planBuild(config: Config, world: World, intent: BuildIntent): Plan {
  const image = planImage(config, world, intent);
  const push = planPush(config, world, intent);
  if (intent.push && world.prebuilt?.found === true) return pushed(config, world);
  const builds = image.some((step) => step.do === 'build-image');
  return {
    steps: [...image, ...push],
    notices: builds ? prebuiltNotices(world) : [],
    question: undefined,
  };
}

/** The part that comes once the image is there, and with it its name. */
export function planPush(config: Config, world: World, intent: BuildIntent): Step[] {
  if (!intent.push) return [];
  if (config.image.kind !== 'build' || config.image.registry === undefined) {
    throw new DevenvError('config_invalid', 'The devenv file does not say where to push to.', {
      hint: 'Name a repository: "build: {registry: registry.example.com/team/shop}".',
    });
  }
  if (isMixed(world.imageInputs)) {
    throw new DevenvError('push_failed', 'Files of the build were changed while it ran.', {
      hint: 'Run the same command again: what others get shall be made of one state of the files.',
    });
  }
  const reference = imageReference(config, world.imageInputs);
  return [{ do: 'push-image', reference, reason: 'asked for with --push' }];
}

/** A machine that only publishes has no use for the image itself. */
function pushed(config: Config, world: World): Plan {
  const reference = imageReference(config, world.imageInputs);
  const notices = [`The registry has ${reference} already.`];
  return { steps: [], notices, question: undefined };
}
