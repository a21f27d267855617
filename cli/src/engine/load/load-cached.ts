import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isUnchanged } from './host-files.ts';
import { load, type Loaded, type LoadOptions } from './load.ts';
import { cacheFolder } from '../host/paths.ts';
import { version } from '../version.ts';

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
  const kept = readEntry(path);
  if (kept !== undefined && isValid(kept, options)) return kept.loaded;
  const loaded = await load(options);
  if (loaded.config !== undefined) writeEntry(path, loaded, options);
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
  const key = digest([folder, file, home]);
  return join(cacheFolder(environment, home, process.platform), 'config', `${key}.json`);
}

function readEntry(path: string): Entry | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Entry;
  } catch {
    // Absent, or cut off by a crash: it is a cache.
    return undefined;
  }
}

function isValid(entry: Entry, { environment }: LoadOptions): boolean {
  const { sources, consulted } = entry.loaded;
  return (
    entry.version === version &&
    sources.every(isUnchanged) &&
    entry.variables === hashVariables(consulted.variables, environment)
  );
}

function writeEntry(path: string, loaded: Loaded, { environment }: LoadOptions): void {
  const variables = hashVariables(loaded.consulted.variables, environment);
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(draft, JSON.stringify({ version, variables, loaded } satisfies Entry), {
      mode: 0o600,
    });
    renameSync(draft, path);
  } catch {
    // Without the cache the next call takes longer; that is no reason to fail this one.
  }
}

function hashVariables(names: string[], environment: NodeJS.ProcessEnv): string {
  return digest(names.map((name) => [name, environment[name]]));
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
