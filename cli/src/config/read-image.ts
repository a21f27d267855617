import { resolve } from 'node:path';
import type { ImageSource } from './config.ts';
import type { Draft } from './draft.ts';
import { checkImageReference } from './image-reference.ts';
import { readVariables } from './read-variables.ts';
import { toRecord } from './to-record.ts';

/** Where the image comes from; the person's default image where the file does not say. */
export function readImage(draft: Draft): ImageSource {
  const { image, build } = draft.file;
  if (build !== undefined) return readBuild(draft, typeof build === 'string' ? {} : build);
  if (image === undefined) return { kind: 'image', reference: draft.settings.image ?? '' };
  const problem = checkImageReference(image);
  if (problem !== undefined) {
    const message = `"image" is not an image reference: ${draft.quoted(['image'])}`;
    draft.error('bad-value', ['image'], message, problem);
  }
  return { kind: 'image', reference: image };
}

type Build = Exclude<NonNullable<Draft['file']['build']>, string>;

function readBuild(draft: Draft, build: Build): ImageSource {
  const { target, platform, secrets = [], cache_from: cacheFrom = [], args, trust } = build;
  const context = readContext(draft, build);
  return {
    kind: 'build',
    context,
    dockerfile: readDockerfile(draft, context),
    target,
    args: toRecord(readVariables(draft, ['build', 'args'], args)),
    secrets,
    cacheFrom,
    platform,
    registry: readRegistry(draft, build),
    trustsHost: trust === 'host',
  };
}

function readRegistry(draft: Draft, { registry }: Build): string | undefined {
  if (registry === undefined) return undefined;
  const path = ['build', 'registry'];
  const tagged = /[:@]/.test(registry.slice(registry.lastIndexOf('/') + 1));
  const problem = tagged
    ? 'Leave the tag out: it is the hash of what the image is built from.'
    : (checkImageReference(registry) ?? checkFirstPart(registry));
  if (problem !== undefined) {
    const message = `"registry" is not a repository: ${draft.quoted(path)}`;
    draft.error('bad-value', path, message, problem);
  }
  return registry;
}

/** Before the first / capitals make a host by the grammar, but engines want one with a dot or port. */
function checkFirstPart(repository: string): string | undefined {
  const [first = ''] = repository.split('/');
  const isPlain = /[A-Z]/.test(first) && !/[.:]/.test(first);
  return isPlain ? 'The names of images are lower-case.' : undefined;
}

function readContext(draft: Draft, { context: written }: Build): string {
  const short = typeof draft.file.build === 'string';
  const path = short || written === undefined ? ['build'] : ['build', 'context'];
  const folder = resolve(draft.project.root, short ? draft.text(path) : (written ?? '.'));
  const kind = draft.host.kind(folder);
  if (kind === 'missing') {
    const hint = 'The context is a folder, relative to this file.';
    draft.buildError(
      'missing-file',
      path,
      `The context ${draft.quoted(path)} does not exist.`,
      hint,
    );
  } else if (kind !== 'folder' && kind !== 'unknown') {
    draft.buildError('not-a-folder', path, `The context ${draft.quoted(path)} is not a folder.`);
  }
  return folder;
}

function readDockerfile(draft: Draft, context: string): string {
  const { build } = draft.file;
  const written = typeof build === 'object' ? build.dockerfile : undefined;
  const path = written === undefined ? ['build'] : ['build', 'dockerfile'];
  const file = resolve(context, written ?? 'Dockerfile');
  const kind = draft.host.kind(file);
  const name = written === undefined ? '"Dockerfile"' : draft.quoted(path);
  // A missing folder has been told already.
  if (kind === 'missing' && draft.host.kind(context) === 'folder') {
    const hint = 'The Dockerfile is looked for in the context.';
    draft.buildError('missing-file', path, `The Dockerfile ${name} does not exist.`, hint);
  } else if (kind === 'folder' || kind === 'other') {
    draft.buildError('not-a-file', path, `The Dockerfile ${name} is not an ordinary file.`);
  }
  return file;
}
