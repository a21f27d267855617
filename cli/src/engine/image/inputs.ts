import { createHash } from 'node:crypto';
import { imageLabels } from '../../plan/image-labels.ts';
import type { Docker } from '../docker.ts';
import { ownBuildFiles, type BuildFiles, type BuildSource } from './build-files.ts';
import { addParts } from './context-hash.ts';
import type { LoginOwner } from './registry-login.ts';
import { resolveBases } from './resolve-bases.ts';

/** Hashes of what an image is built from, as things stand now. */
export interface ImageInputs {
  /** Of the Dockerfile, the arguments it declares, target, platform and the base images. */
  definition: string;
  /** Of the definition and the files that the Dockerfile can copy: equal hash, equal image. */
  full: string;
  /** What the image copies from the context, triggers of its bases included. */
  sources: string[];
  /** The base images that are not on the engine. */
  missingBases: string[];
  /** Why a registry could not say what a base image is; the hashes are then those of no image. */
  problems: string[];
  /** For the image built from these inputs. */
  labels: Record<string, string>;
}

/**
 * Hashes the inputs of a build. The context is walked only where the Dockerfile copies from it.
 * In a build that is shared by a registry, base images that are not here are asked for by
 * `logins`. Throws `config_invalid` where the Dockerfile or the context is not there or is not
 * readable.
 */
export async function hashImageInputs(
  source: BuildSource,
  docker: Docker,
  logins?: LoginOwner,
  files: BuildFiles = ownBuildFiles(source),
): Promise<ImageInputs> {
  const text = await files.readDockerfile();
  const { readDockerfile } = await import('../../plan/dockerfile.ts');
  const facts = readDockerfile(text, source);
  const recipe = digest([
    text,
    ...facts.declaredArgs.map((name) => `${name}=${argument(source, name)}`),
    source.target ?? '',
    source.platform ?? '',
  ]);
  const bases = await resolveBases(docker, facts.bases, {
    recipe,
    shared: source.registry !== undefined,
    platform: source.platform,
    logins,
  });
  const ids = bases.map(({ reference, id }) => `${reference}=${id ?? ''}`);
  const sources = bases.some(({ copies }) => copies) ? [''] : facts.copySources;
  const definition = digest([recipe, ...ids, ...(await platformOf(source, ids, docker))]);
  const context = sources.length === 0 ? '' : await files.hashContext(sources);
  const full = digest([definition, context]);
  return {
    definition,
    full,
    sources,
    missingBases: bases.filter(({ present }) => !present).map(({ reference }) => reference),
    problems: bases.map(({ problem }) => problem).filter((problem) => problem !== undefined),
    labels: {
      [imageLabels.built]: '1',
      [imageLabels.inputs]: full,
      [imageLabels.recipe]: recipe,
      [imageLabels.base]: facts.base ?? '',
      [imageLabels.bases]: JSON.stringify(
        Object.fromEntries(bases.map(({ reference, id }) => [reference, id])),
      ),
    },
  };
}

/** A shared image that stands on nothing is still made for one kind of processor. */
async function platformOf(source: BuildSource, bases: string[], docker: Docker): Promise<string[]> {
  const shared = source.registry !== undefined;
  return shared && bases.length === 0 ? [source.platform ?? (await docker.platform())] : [];
}

function argument(source: BuildSource, name: string): string {
  return Object.hasOwn(source.args, name) ? `=${source.args[name]}` : '';
}

function digest(parts: string[]): string {
  const hash = createHash('sha256');
  addParts(hash, ...parts);
  return hash.digest('hex');
}
