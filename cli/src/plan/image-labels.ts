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
  /** JSON: the id of each base image by its reference. */
  bases: 'devenv.bases',
  /** On base images made from a distribution's packages: the name they were given. */
  bootstrap: 'devenv.bootstrap',
} as const;

/** On containers that only exist to read an image's files: when made, milliseconds since 1970. */
export const probeLabel = 'devenv.probe';
