import { isIP } from 'node:net';
import { posix } from 'node:path';
import { validateLoadedProject } from 'devenv-schemas/generated/validate-loaded.js';
import type { Config } from '../../config/config.ts';
import { checkImageReference } from '../../config/image-reference.ts';
import { nameOf } from '../../config/wording.ts';
import { fromPointer } from '../../config/tree.ts';
import { DevenvError } from '../../errors.ts';
import type { SourceFacts } from '../../plan/world.ts';
import { beyondBounds } from './beyond-bounds.ts';

/** What the broker's child has read as the person. */
export interface LoadedProject {
  config: Config;
  source: SourceFacts;
  /** Sentences for the person. */
  warnings: string[];
}

/**
 * Gives JSON its type that a child sent which may be in the person's hands: nothing that is not
 * named, nothing too big, paths absolute and normalized, names of the kind they are. Whether the
 * person may have it is for `decide`. Throws `denied`.
 */
export function validateConfig(data: unknown): LoadedProject {
  const bounds = beyondBounds(data);
  if (bounds !== undefined) throw unusable([bounds]);
  if (!validateLoadedProject(data)) {
    const errors = (validateLoadedProject.errors ?? []).map(
      ({ instancePath, message = '' }) => `${nameOf(fromPointer(instancePath))} ${message}`,
    );
    throw unusable(errors);
  }
  const loaded = data as LoadedProject;
  const problems = [...configProblems(loaded.config), ...sourceProblems(loaded)];
  if (problems.length > 0) throw unusable(problems);
  return loaded;
}

/** More than anyone reads. */
const mostDetails = 20;

function unusable(problems: string[]): DevenvError {
  return new DevenvError('denied', 'What the repository’s files say cannot be used here.', {
    details: [...new Set(problems)].slice(0, mostDetails),
    hint: 'Correct devenv.yaml, or what stands beside it.',
  });
}

type Test = (value: string) => boolean;

/** What some values of the same kind are called, whether they are right, and what they must be. */
function* configProblems(config: Config): Generator<string> {
  const { project, image, network } = config;
  yield* wrong('project.root', [project.root], isPath);
  yield* wrong('project.file', [project.file], isPath);
  yield* wrong('project.name', [project.name], isName);
  yield* wrong('project.environment', [project.environment], (text) => /^[a-z0-9-]*$/.test(text));
  yield* image.kind === 'build'
    ? buildProblems(image)
    : wrong('image', [image.reference], isReference);
  yield* wrong('user', [config.user], (text) => userName.test(text));
  yield* wrong('shell', [config.shell], isPath);
  yield* wrong('workspace', [config.workspace], isPath);
  yield* wrong('caches', config.caches, isInsidePath);
  yield* mountProblems(config.mounts);
  yield* wrong('environment', Object.keys(config.environment), isVariable);
  yield* secretProblems(config.secrets);
  yield* portProblems(config.ports);
  yield* wrong('network.mode', [network.mode], isName);
  yield* wrong('network.extraHosts', network.extraHosts, isExtraHost);
  yield* wrong('network.dns', network.dns, (text) => isIP(text) !== 0);
  yield* wrong('tasks', Object.keys(config.tasks), isName);
}

function* wrong(name: string, values: (string | undefined)[], isRight: Test): Generator<string> {
  const found = values.find((value) => value !== undefined && !isRight(value));
  if (found !== undefined) yield `${name} cannot be ${JSON.stringify(found.slice(0, 200))}`;
}

function* buildProblems(build: Extract<Config['image'], { kind: 'build' }>): Generator<string> {
  yield* wrong('image.dockerfile', [build.dockerfile], isPath);
  yield* wrong('image.context', [build.context], isPath);
  yield* wrong('image.target', [build.target], (text) => /^[A-Za-z0-9][\w.-]*$/.test(text));
  yield* wrong('image.platform', [build.platform], (text) =>
    /^[a-z0-9]+(\/[a-z0-9]+){0,2}$/.test(text),
  );
  yield* wrong('image.args', Object.keys(build.args), isVariable);
  yield* wrong('image.cacheFrom', build.cacheFrom, isReference);
  yield* wrong('image.registry', [build.registry], isReference);
  yield* wrong('image.secrets', build.secrets, isVariable);
}

function* mountProblems(mounts: Config['mounts']): Generator<string> {
  const sources: Record<Config['mounts'][number]['type'], Test> = {
    bind: isPath,
    volume: (text) => text === '' || /^[A-Za-z0-9][\w.-]{1,127}$/.test(text),
    tmpfs: (text) => text === '',
  };
  for (const { type, source, target } of mounts) {
    yield* wrong('mounts.source', [source], sources[type]);
    yield* wrong('mounts.target', [target], isInsidePath);
  }
}

function* secretProblems(secrets: Config['secrets']): Generator<string> {
  yield* wrong('secrets', Object.keys(secrets), isVariable);
  for (const source of Object.values(secrets)) {
    if (source.from === 'environment') yield* wrong('secrets.name', [source.name], isVariable);
    if (source.from === 'file') yield* wrong('secrets.path', [source.path], isPath);
  }
}

function* portProblems(ports: Config['ports']): Generator<string> {
  yield* wrong(
    'ports.hostIp',
    ports.map(({ hostIp }) => hostIp),
    (text) => isIP(text) !== 0,
  );
  for (const port of ports.flatMap(({ container, host }) => [container, host])) {
    if (port < 1 || port > 65_535) yield `ports cannot be ${port}`;
  }
}

/** As many worktrees and submodules as one repository needs. */
const mostGitFolders = 16;

function* sourceProblems({ source, warnings }: LoadedProject): Generator<string> {
  yield* wrong('source.mount', [source.mount], isPath);
  yield* wrong('source.gitFolders', source.gitFolders, isPath);
  yield* wrong('source.dockerfile', [source.dockerfile], (text) => /^[0-9a-z]{1,64}$/.test(text));
  if (source.gitFolders.length > mostGitFolders) yield 'source.gitFolders are too many';
  yield* wrong('warnings', warnings, isText);
}

/** me, root, node, 1000:1000 */
const userName = /^(?:[A-Za-z_][A-Za-z0-9_.-]*|\d+(?::\d+)?)$/;

/** Absolute and normalized, and of one line: it ends up in labels and messages. */
function isPath(text: string): boolean {
  return text.startsWith('/') && text.length <= 4096 && isNormal(text) && isOneLine(text);
}

/** In the container; the home is known only later. */
function isInsidePath(text: string): boolean {
  return isPath(text) || (text.startsWith('~/') && isPath(text.slice(1)));
}

function isNormal(path: string): boolean {
  return posix.normalize(path) === path && (path === '/' || !path.endsWith('/'));
}

function isName(text: string): boolean {
  return text !== '' && text.length <= 255 && isOneLine(text);
}

function isVariable(text: string): boolean {
  return isName(text) && /^[^=\s]+$/.test(text);
}

function isReference(text: string): boolean {
  return text.length <= 512 && checkImageReference(text) === undefined;
}

function isExtraHost(text: string): boolean {
  const [, name = '', address = ''] = /^([^:]+):(.*)$/s.exec(text) ?? [];
  return /^[\w.-]+$/.test(name) && (address === 'host-gateway' || isIP(address) !== 0);
}

/** Without what steers a terminal, and without halves of characters, which no path holds. */
function isOneLine(text: string): boolean {
  return !/[\p{Cc}\p{Surrogate}\u2028\u2029]/u.test(text);
}

function isText(text: string): boolean {
  return isOneLine(text.replace(/[\n\t]/g, ' '));
}
