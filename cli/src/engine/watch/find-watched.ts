import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ImageSource } from '../../config/config.ts';
import { readWatchRule } from '../../plan/watch-rule.ts';
import type { Watched, WatchedContext } from '../../plan/watched.ts';
import type { Docker } from '../docker.ts';
import { linksAmong } from '../image/context-walk.ts';
import { readDockerignore } from '../image/dockerignore.ts';
import { readDockerfileText } from '../image/build-files.ts';
import { resolveBases } from '../image/resolve-bases.ts';
import type { Loaded } from '../load/load.ts';

type BuildSource = Extract<ImageSource, { kind: 'build' }>;

/**
 * What a workspace depends on, as its files say now. Where a file is broken, what it said before
 * is watched too, so that its mending is noticed.
 */
export async function findWatched(
  { config, sources }: Loaded,
  docker: Docker,
  before: Watched | undefined,
): Promise<Watched> {
  const files = sources.map(({ path }) => path);
  if (config === undefined) {
    const paths = [...(before?.paths ?? []), ...(await findPlaces(files))];
    return { context: undefined, rules: [], ...before, paths: [...new Set(paths)] };
  }
  const { image, watch, project } = config;
  return {
    paths: await findPlaces(image.kind === 'build' ? [...files, ...ofBuild(image)] : files),
    context: image.kind === 'build' ? await findContext(image, docker, before) : undefined,
    rules: watch.map((rule) => readWatchRule(rule, project.root)),
  };
}

function ofBuild({ dockerfile, context }: BuildSource): string[] {
  return [context, dockerfile, `${dockerfile}.dockerignore`, join(context, '.dockerignore')];
}

/** The names of the paths in their real folders and, where they are links, what these lead to. */
async function findPlaces(paths: string[]): Promise<string[]> {
  const places = await Promise.all(
    paths.map(async (path) => [
      join(await realFolder(dirname(path)), basename(path)),
      await realFolder(path),
    ]),
  );
  return [...new Set(places.flat())].sort();
}

/** The real path, also of what is not there (yet). */
async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    if (path === dirname(path)) return path;
    return join(await realFolder(dirname(path)), basename(path));
  }
}

/** What the Dockerfile takes from the context; as before where it cannot be told now. */
async function findContext(
  source: BuildSource,
  docker: Docker,
  before: Watched | undefined,
): Promise<WatchedContext | undefined> {
  try {
    const root = await realpath(source.context);
    const ignore = await readDockerignore(source.dockerfile, source.context);
    const sources = await copiedSources(source, docker);
    if (sources === undefined) return before?.context;
    if (sources.length === 0) return undefined;
    const onUnreadable = (): void => undefined;
    const links = await linksAmong({ root, ignore, sources, onUnreadable });
    return {
      root,
      sources: links ? [''] : sources,
      ignores: (path) => ignore.ignores(path),
      mayKeepBelow: (folder) => ignore.mayKeepBelow(folder),
    };
  } catch {
    // The build says what is wrong with it.
    return before?.context;
  }
}

/** Undefined while the Dockerfile is broken: it may have lost just the line in question. */
async function copiedSources(source: BuildSource, docker: Docker): Promise<string[] | undefined> {
  const text = await readDockerfileText(source);
  const { readDockerfile } = await import('../../plan/dockerfile.ts');
  const { bases, copySources, problems } = readDockerfile(text, source);
  if (problems.length > 0) return undefined;
  const resolved = await resolveBases(docker, bases, {
    recipe: '',
    shared: false,
    platform: source.platform,
    logins: undefined,
  });
  return resolved.some(({ copies }) => copies) ? [''] : copySources;
}
