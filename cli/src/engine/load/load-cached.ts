import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { version } from '../version.ts';
import { cachePath, digest, readCache, writeCache } from './config-cache.ts';
import { isUnchanged } from './host-files.ts';
import { keepGood } from './last-good.ts';
import { load, type Loaded, type LoadOptions } from './load.ts';

interface Entry {
  version: string;
  /** The consulted variables, hashed: their values belong in no file. */
  variables: string;
  loaded: Loaded;
}

/**
 * load(), from a cache while no file and no variable it depends on has changed. The YAML parser
 * and the validators take longer to start than all the rest of a warm `exec`. Only a file
 * without any mistake is kept.
 */
export async function loadCached(options: LoadOptions): Promise<Loaded> {
  const path = entryPath(options);
  if (path === undefined) return load(options);
  const kept = readCache(path) as Entry | undefined;
  if (kept !== undefined && isValid(kept, options)) return kept.loaded;
  const loaded = await load(options);
  if (loaded.config !== undefined) {
    const variables = hashVariables(loaded.consulted.variables, options.environment);
    writeCache(path, { version, variables, loaded } satisfies Entry);
    keepGood(loaded.config, options);
  }
  return loaded;
}

/** By the real folder, since a link on the way to it may come to point elsewhere. */
function entryPath(options: LoadOptions): string | undefined {
  const { cwd, directory = '.', file, environment, home } = options;
  let folder: string;
  try {
    folder = realpathSync.native(resolve(cwd, directory));
  } catch {
    // load() says what is wrong with it.
    return undefined;
  }
  return cachePath('config', [folder, file, home], { environment, home });
}

function isValid(entry: Entry, { environment }: LoadOptions): boolean {
  const { sources, consulted } = entry.loaded;
  return (
    entry.version === version &&
    sources.every(isUnchanged) &&
    entry.variables === hashVariables(consulted.variables, environment)
  );
}

function hashVariables(names: string[], environment: NodeJS.ProcessEnv): string {
  return digest(names.map((name) => [name, environment[name]]));
}
