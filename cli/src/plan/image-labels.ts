import { labels } from './labels.ts';

/** The labels on the images that devenv made. */
export const imageLabels = {
  built: labels.built,
  /** Hash of all that the image was built from. */
  inputs: 'devenv.inputs',
  /** Hash of the Dockerfile and its arguments alone, without base images and files. */
  recipe: 'devenv.recipe',
  /** The image it stands on, as the Dockerfile names it; '' for scratch. */
  base: 'devenv.base',
  /** JSON: what each base image is, an id or a digest with a platform, by its reference. */
  bases: 'devenv.bases',
  /** On base images made from a distribution's packages: the name they were given. */
  bootstrap: 'devenv.bootstrap',
} as const;

/**
 * Whether devenv gave an image with these labels this name: one below `devenv/`, or the hash of its
 * inputs as the tag of a shared repository. What others build on our images has the labels too.
 */
export function isOwnName(reference: string, found: Record<string, string>): boolean {
  const inputs = found[imageLabels.inputs];
  const shared = inputs !== undefined && reference.endsWith(`:${shortHash(inputs)}`);
  const mixed = inputs !== undefined && /:mixed-[^:/]+$/.test(reference);
  return shared || mixed || reference.startsWith('devenv/');
}

/** In place of a hash, for an image whose inputs changed while it was built: no other has it. */
export function mixedInputs(unique: string): string {
  return `mixed-${unique}`;
}

export function isMixed(inputs: string | undefined): boolean {
  return inputs?.startsWith('mixed-') === true;
}

/** As much of a hash of inputs as stands in an image's tag. */
export function shortHash(inputs: string): string {
  return inputs.slice(0, 12);
}

/** On containers that only exist to read an image's files: when made, milliseconds since 1970. */
export const probeLabel = 'devenv.probe';
