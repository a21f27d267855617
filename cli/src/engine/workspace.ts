import type { Config, Project } from '../config/config.ts';
import type { Diagnostic } from '../config/diagnostic.ts';
import { DevenvError } from '../errors.ts';
import { identify } from '../plan/identity.ts';
import type { Caller } from '../plan/world.ts';
import { currentCaller } from './host/caller.ts';
import { discoverEngine } from './discovery.ts';
import type { Docker } from './docker.ts';
import { configInvalid } from './load/load.ts';
import { lastGood } from './load/last-good.ts';
import { loadCached } from './load/load-cached.ts';
import { loadSettings } from './load/load-settings.ts';
import type { Observed } from './observe.ts';
import { cacheFolder, stateFolder } from './host/paths.ts';
import { findSource, hashDockerfile } from './load/source.ts';
import { readSecretsOnce, type ReadSecrets } from './session/read-secrets-once.ts';
import { workspaceFolder } from './host/workspace-folder.ts';
import type { WorkspaceSummary } from './workspaces.ts';

export interface OpenOptions {
  cwd: string;
  /** Look for the project from here. */
  directory?: string;
  /** The devenv file itself. */
  file?: string;
  /** A workspace of the caller by name, wherever its folder is. */
  workspace?: string;
  /** The engine's address. */
  host?: string;
  environment: NodeJS.ProcessEnv;
  /**
   * Whether a devenv file with mistakes will do, if it is known what it said before them: for
   * whatever only looks at what is there, enters or ends it.
   */
  evenWithMistakes?: boolean;
}

/** A loaded project with its engine: what every verb after `load` works on. */
export interface Workspace extends Observed {
  environment: NodeJS.ProcessEnv;
  secrets: ReadSecrets;
  /** Remarks from loading that need no quarrel: what this version does not act on yet, say. */
  warnings: Diagnostic[];
  /** Why nothing new can come of the devenv file; `config` is then what it said before. */
  mistakes?: DevenvError;
}

/**
 * Loads the project and finds the engine, without one call to it.
 * Fails with `config_invalid` (carrying the diagnostics), `project_not_found`,
 * `workspace_not_found` or `engine_unreachable`.
 */
export async function openWorkspace(options: OpenOptions): Promise<Workspace> {
  const caller = currentCaller();
  const { environment } = options;
  const where = options.workspace === undefined ? options : await findByName(options, caller);
  const loaded = await loadCached({ ...where, environment, home: caller.home });
  const { diagnostics } = loaded;
  const mistakes = loaded.config === undefined ? configInvalid(diagnostics) : undefined;
  const config = loaded.config ?? configBefore(loaded.project, options, caller);
  if (config === undefined) throw configInvalid(diagnostics);
  const [docker, source, dockerfile] = await Promise.all([
    connect(options, caller),
    findSource(config.project.root, caller.home),
    hashDockerfile(config),
  ]);
  const identity = identify(config.project, caller);
  const state = stateFolder(environment, caller.home, caller.platform);
  return {
    config,
    caller,
    source: { ...source, dockerfile },
    identity,
    docker,
    environment,
    secrets: readSecretsOnce(config.secrets, environment, config.project.root),
    folder: workspaceFolder(state, identity.id),
    cacheFolder: cacheFolder(environment, caller.home, caller.platform),
    warnings: diagnostics.filter(({ severity }) => severity === 'warning'),
    unbuildable: unbuildable(diagnostics),
    ...(mistakes && { mistakes }),
  };
}

function configBefore(
  project: Project,
  { environment, evenWithMistakes = false }: OpenOptions,
  { home }: Caller,
): Config | undefined {
  return evenWithMistakes ? lastGood(project, { environment, home }) : undefined;
}

/** The failure of whatever would build, where the file names nothing that could be built. */
function unbuildable(diagnostics: Diagnostic[]): DevenvError | undefined {
  return diagnostics.some(({ severity }) => severity === 'error')
    ? configInvalid(diagnostics)
    : undefined;
}

/** The engine that the caller's options and surroundings point to. */
export async function connect(
  { host, environment }: Pick<OpenOptions, 'host' | 'environment'>,
  caller: Caller,
): Promise<Docker> {
  const { uid, home, platform } = caller;
  const { settings } = await loadSettings({ environment, home });
  const found = await discoverEngine({
    environment,
    home,
    uid,
    platform,
    ...(settings.engine === undefined ? {} : { settingsEngine: settings.engine }),
    ...(host === undefined ? {} : { host }),
  });
  const { Docker } = await import('./docker.ts');
  return new Docker(found.address);
}

async function findByName(options: OpenOptions, caller: Caller): Promise<OpenOptions> {
  const { listWorkspaces } = await import('./workspaces.ts');
  const name = options.workspace ?? '';
  const all = await listWorkspaces(await connect(options, caller), caller);
  const found = all.filter(
    (one) => one.name === name || one.id === name || one.containerName === name,
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) {
    if (only.rootExists === false) throw folderGone(only);
    return { ...options, cwd: only.root, ...(only.file === '' ? {} : { file: only.file }) };
  }
  const known = all.map((one) => one.name).join(', ') || 'none';
  const message =
    found.length === 0
      ? `You have no workspace named ${name}.`
      : `${found.length} of your workspaces are named ${name}.`;
  throw new DevenvError('workspace_not_found', message, {
    hint:
      found.length === 0
        ? `Your workspaces: ${known}.`
        : `Say which by its id: ${found.map((one) => `${one.id} (${one.root})`).join(', ')}.`,
  });
}

function folderGone({ name, root }: WorkspaceSummary): DevenvError {
  const message = `The folder of the workspace ${name} is gone: ${root}.`;
  return new DevenvError('project_not_found', message, {
    hint: '"devenv prune" removes what is left of the workspace.',
  });
}
