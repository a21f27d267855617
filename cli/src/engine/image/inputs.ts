import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readlink, realpath, stat } from 'node:fs/promises';
import type { ImageSource } from '../../config/config.ts';
import { DevenvError } from '../../errors.ts';
import type { DockerfileFacts } from '../../plan/dockerfile.ts';
import { imageLabels } from '../../plan/image-labels.ts';
import { walkContext, type ContextEntry } from './context-walk.ts';
import type { Docker } from '../docker.ts';
import { readDockerignore } from './dockerignore.ts';

export type BuildSource = Extract<ImageSource, { kind: 'build' }>;

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
  /** For the image built from these inputs. */
  labels: Record<string, string>;
}

/**
 * Hashes the inputs of a build. The context is walked only where the Dockerfile copies from it.
 * Throws `config_invalid` where the Dockerfile or the context is not there or is not readable.
 */
export async function hashImageInputs(source: BuildSource, docker: Docker): Promise<ImageInputs> {
  const text = await readDockerfileText(source);
  const { readDockerfile } = await import('../../plan/dockerfile.ts');
  const facts = readDockerfile(text, source);
  const recipe = digest([
    text,
    ...facts.declaredArgs.map((name) => `${name}=${argument(source, name)}`),
    source.target ?? '',
    source.platform ?? '',
  ]);
  const bases = await resolveBases(docker, facts, recipe);
  const ids = bases.map(({ reference, id }) => `${reference}=${id ?? ''}`);
  const sources = bases.some(({ copies }) => copies) ? [''] : facts.copySources;
  const definition = digest([recipe, ...ids]);
  const context = sources.length === 0 ? '' : await hashContext(source, sources);
  const full = digest([definition, context]);
  return {
    definition,
    full,
    sources,
    missingBases: bases.filter(({ present }) => !present).map(({ reference }) => reference),
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

/** The Dockerfile's text; `config_invalid` where there is none that could be read. */
export async function readDockerfileText({ dockerfile, context }: BuildSource): Promise<string> {
  const folder = await stat(context).catch(() => undefined);
  if (folder?.isDirectory() !== true) {
    throw new DevenvError('config_invalid', `The build context ${context} is not a folder.`, {
      hint: 'Correct "build.context" in the devenv file, or make the folder.',
    });
  }
  try {
    // Opening a pipe would wait for a writer.
    if ((await stat(dockerfile)).isFile()) return await readFile(dockerfile, 'utf8');
  } catch (cause) {
    throw new DevenvError('config_invalid', `The Dockerfile ${dockerfile} cannot be read.`, {
      hint: 'Correct "build.dockerfile" in the devenv file, or write the Dockerfile.',
      cause,
    });
  }
  throw new DevenvError('config_invalid', `The Dockerfile ${dockerfile} is not a file.`, {
    hint: 'Correct "build.dockerfile" in the devenv file.',
  });
}

interface ResolvedBase {
  reference: string;
  id: string | undefined;
  present: boolean;
  /** Whether its ONBUILD triggers copy from the context. */
  copies: boolean;
}

/**
 * What the base images are now. One that is gone from the engine (`docker image prune -a` takes
 * bases away) is what it was when the same recipe was last built, so that nothing has changed.
 */
async function resolveBases(
  docker: Docker,
  { bases }: DockerfileFacts,
  recipe: string,
): Promise<ResolvedBase[]> {
  const resolved = await Promise.all(
    bases.map(async ({ reference }): Promise<ResolvedBase> => {
      const image = await docker.inspectImage(reference);
      const triggers = image?.Config.OnBuild ?? [];
      const copies = triggers.some((trigger) => /^\s*(copy|add)\s/i.test(trigger));
      return { reference, id: image?.Id, present: image !== undefined, copies };
    }),
  );
  if (resolved.every(({ present }) => present)) return resolved;
  const before = await recordedBases(docker, recipe);
  return resolved.map((base) => ({ ...base, id: base.id ?? before[base.reference] }));
}

async function recordedBases(docker: Docker, recipe: string): Promise<Record<string, string>> {
  const images = await docker.listImages([`${imageLabels.recipe}=${recipe}`]);
  const newest = images.sort((one, other) => other.Created - one.Created)[0];
  return JSON.parse(newest?.Labels?.[imageLabels.bases] ?? '{}') as Record<string, string>;
}

async function hashContext(source: BuildSource, sources: string[]): Promise<string> {
  const hash = createHash('sha256');
  const root = await realpath(source.context);
  const ignore = await readDockerignore(source.dockerfile, source.context);
  // It is the build that complains about what cannot be read.
  const onUnreadable = (path: string): void => add(hash, path, 'unreadable');
  for await (const entries of batches(walkContext({ root, ignore, sources, onUnreadable }))) {
    const contents = await Promise.all(entries.map(hashContent));
    for (const [index, { path, type, stats }] of entries.entries()) {
      add(hash, path, type, String(stats.mode & 0o7777), contents[index] ?? '');
    }
  }
  return hash.digest('hex');
}

/** Files that are read at the same time. */
const batchSize = 64;

async function* batches(entries: AsyncIterable<ContextEntry>): AsyncGenerator<ContextEntry[]> {
  let batch: ContextEntry[] = [];
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** Bytes up to which reading a file at once beats a stream. */
const smallFile = 256 * 1024;

async function hashContent({ type, absolute, stats }: ContextEntry): Promise<string> {
  if (type === 'directory') return '';
  try {
    if (type === 'symlink') return await readlink(absolute);
    const hash = createHash('sha256');
    if (stats.size <= smallFile) return hash.update(await readFile(absolute)).digest('hex');
    for await (const chunk of createReadStream(absolute)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch {
    // Gone since it was listed, or not readable: the build says so, if it comes to that.
    return 'unreadable';
  }
}

function argument(source: BuildSource, name: string): string {
  return Object.hasOwn(source.args, name) ? `=${source.args[name]}` : '';
}

function digest(parts: string[]): string {
  const hash = createHash('sha256');
  add(hash, ...parts);
  return hash.digest('hex');
}

/** With separators that no path, and no hash, contains. */
function add(hash: Hash, ...parts: string[]): void {
  for (const part of parts) hash.update(part).update('\0');
}
