import type { Config, Project } from '../../config/config.ts';
import { version } from '../version.ts';
import { cachePath, readCache, writeCache } from './config-cache.ts';
import type { LoadOptions } from './load.ts';

type Surroundings = Pick<LoadOptions, 'environment' | 'home'>;

interface Entry {
  version: string;
  config: Config;
}

/** Remembers what a devenv file said, for the time when there are mistakes in it. */
export function keepGood(config: Config, surroundings: Surroundings): void {
  writeCache(pathFor(config.project, surroundings), { version, config } satisfies Entry);
}

/** What the project's devenv file said when it was last read without mistakes, if that is known. */
export function lastGood(project: Project, surroundings: Surroundings): Config | undefined {
  const entry = readCache(pathFor(project, surroundings)) as Entry | undefined;
  return entry?.version === version ? entry.config : undefined;
}

function pathFor({ root, environment }: Project, surroundings: Surroundings): string {
  return cachePath('last-config', [root, environment, surroundings.home], surroundings);
}
