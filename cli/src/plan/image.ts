import type { Config } from '../config/config.ts';
import { DevenvError } from '../errors.ts';
import { slug } from './identity.ts';
import { imageLabels, isMixed, shortHash } from './image-labels.ts';
import { labels } from './labels.ts';
import type { Intent, Step } from './plan.ts';
import { staleReasons } from './staleness.ts';
import type { ImageFacts, World } from './world.ts';

/**
 * The image of a workspace. A built one is tagged with the hash of its inputs: equal inputs have
 * equal tags, so that nothing is built twice; with `build.registry` by nobody.
 */
export function imageReference(config: Config, imageInputs: string | undefined): string {
  if (config.image.kind === 'image') return config.image.reference;
  return `${builtRepository(config)}:${shortHash(imageInputs ?? 'unknown')}`;
}

function builtRepository({ image, project }: Config): string {
  const { registry, confined } = image.kind === 'build' ? image : {};
  const name = slug(project.name) || 'project';
  if (confined !== undefined) return `${personalRepositories(confined.uid)}/${name}`;
  return registry ?? `devenv/${name}`;
}

/** Where the images are that somebody had built who may not touch the engine. */
export function personalRepositories(uid: number): string {
  return `devenv/uid${uid}`;
}

/**
 * Whether an image is what its name says, by labels that only who has it built can give. Where
 * people share an engine, and names are no proof, another one counts as none.
 */
export function isMeantImage(
  { image }: Config,
  imageInputs: string | undefined,
  found: Record<string, string>,
): boolean {
  if (image.kind !== 'build' || image.confined === undefined) return true;
  const isOwn = found[labels.uid] === String(image.confined.uid);
  // The name of a mixed one is given once.
  const isSame = isMixed(imageInputs) || found[imageLabels.inputs] === imageInputs;
  return isOwn && imageInputs !== undefined && isSame;
}

/** Whether it is worth asking the registry for the image: the alternative is to build it. */
export function canBePrebuilt(config: Config, world: World, intent: Intent): boolean {
  if (config.image.kind !== 'build' || config.image.registry === undefined) return false;
  if (world.image !== undefined || world.unbuildable !== undefined) return false;
  switch (intent.kind) {
    case 'up':
      return true;
    case 'rebuild':
    case 'build':
      return !intent.noCache && !intent.pull;
    case 'enter':
    case 'restart':
      return world.container === undefined;
    case 'stop':
    case 'down':
      return false;
  }
}

/** What it takes to have the image, before the container can be planned in detail. */
export function planImage(config: Config, world: World, intent: Intent): Step[] {
  const reference = imageReference(config, world.imageInputs);
  const missing = world.image === undefined;
  const asked = intent.kind === 'rebuild' || intent.kind === 'build' ? intent : undefined;
  const { noCache, pull } = asked ?? { noCache: false, pull: false };
  if (config.image.kind === 'image') {
    if (pull) return [{ do: 'pull-image', reference, reason: 'asked for with --pull' }];
    return missing ? [{ do: 'pull-image', reference, reason: 'it is not on this engine yet' }] : [];
  }
  if (world.unbuildable !== undefined) throw world.unbuildable;
  const frozen = 'frozen' in intent && intent.frozen === true;
  if (frozen && (noCache || pull)) throw contradiction(noCache);
  // "build" wants the image to be there, "rebuild" wants it to be made.
  const again = intent.kind === 'rebuild' ? !frozen && intent.built !== true : noCache || pull;
  if (!missing && !again) return [];
  if (world.prebuilt?.found === true) {
    return [{ do: 'pull-image', reference, reason: 'somebody has built it from the same inputs' }];
  }
  if (frozen) throw notBuilt(config, world, reference);
  const repository = builtRepository(config);
  const reason = again ? 'asked for' : missingReason(world);
  const builder = 'builder' in intent ? intent.builder : undefined;
  return [{ do: 'build-image', repository, noCache, pull, builder, reason }];
}

/** A word about a registry that could have saved a build, and did not answer. */
export function prebuiltNotices({ prebuilt }: World): string[] {
  if (prebuilt?.problem === undefined) return [];
  return [`It is built here, as nobody can say whether somebody has: ${prebuilt.problem}`];
}

function missingReason({ container }: World): string {
  return container === undefined ? 'it is not built yet' : 'its inputs have changed';
}

function contradiction(noCache: boolean): DevenvError {
  const option = noCache ? '--no-cache' : '--pull';
  return new DevenvError('usage', `--frozen never builds, and ${option} asks for a build.`, {
    hint: 'Leave one of the two out.',
  });
}

/** Says what --frozen stands against, and which change led to it, where one can be told. */
function notBuilt(config: Config, world: World, reference: string): DevenvError {
  const { container, prebuilt } = world;
  const changed = container === undefined ? [] : staleReasons(config, world, container);
  const details =
    changed.length === 0 ? [] : [`Since the workspace was made: ${changed.join(', ')}.`];
  const shared = config.image.kind === 'build' && config.image.registry !== undefined;
  if (!shared) {
    const message = `The image ${reference} is not on this engine, and --frozen forbids to build it.`;
    const hint =
      'Leave --frozen out to build it here, or share images: with "build.registry" it can be pulled.';
    return new DevenvError('build_failed', message, { details, hint });
  }
  if (prebuilt?.problem !== undefined) {
    const message = `Nobody can say whether the registry has ${reference}, and --frozen forbids to build it.`;
    return new DevenvError('build_failed', message, {
      details: [prebuilt.problem, ...details],
      hint: 'Put right what stands above, then run the same command again.',
    });
  }
  const message = `The registry has no image ${reference}, which these inputs lead to, and --frozen forbids to build it.`;
  return new DevenvError('build_failed', message, {
    details,
    hint: 'Run "devenv build --push" with the same files where images may be built, or leave --frozen out.',
  });
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
