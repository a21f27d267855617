import { mkdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Config } from '../config/config.ts';
import { DevenvError } from '../errors.ts';
import { describeAction } from '../plan/describe.ts';
import type { Identity } from '../plan/identity.ts';
import { imageReference } from '../plan/image.ts';
import { labels } from '../plan/labels.ts';
import { holdInside, runFolderInside } from '../plan/mounts.ts';
import type { Action, Plan, Step } from '../plan/plan.ts';
import type { Caller } from '../plan/world.ts';
import type { Docker } from './docker.ts';
import type { Report } from './events.ts';
import { runHook } from './container/run-hook.ts';
import type { ReadSecrets } from './session/read-secrets-once.ts';
import type { FoundLogin } from './image/registry-login.ts';
import { startContainer } from './container/start.ts';
import type { BuildOptions } from './image/build.ts';
import type { BuildFiles } from './image/build-files.ts';
import type { BuildLimits } from './image/build-request.ts';
import { writeHold } from './host/hold.ts';
import { makeRunFolder, type WorkspaceFolder } from './host/workspace-folder.ts';

/** What carrying out steps needs beside the steps. */
export interface Applying {
  config: Config;
  caller: Caller;
  docker: Docker;
  folder: WorkspaceFolder;
  identity: Identity;
  environment: NodeJS.ProcessEnv;
  /** Folder for what can be found out again. */
  cacheFolder: string;
  /** Who reads the files of a build; this process where it is left out. */
  buildFiles?: BuildFiles | undefined;
  secrets: ReadSecrets;
  report: Report;
  /** Told the hash of what an image is built from: files may have changed since the plan. */
  onBuilt?: (inputs: string) => void;
  /** Waited for before a container is stopped; what it throws is a failure like a step's. */
  beforeStop?: (() => Promise<void>) | undefined;
  signal: AbortSignal;
}

/**
 * Carries a plan out, step by step, deciding nothing. When a step fails or the person interrupts,
 * what the earlier steps did is taken back in reverse order, and the failure is thrown.
 */
export async function apply(plan: Plan, applying: Applying): Promise<void> {
  const { report, signal } = applying;
  const undo: Action[] = [];
  for (const [index, step] of plan.steps.entries()) {
    if (step.do === 'stop-container') await beforeStop(applying, undo);
    const started = Date.now();
    report({ type: 'step-started', index, title: describeAction(step), reason: step.reason });
    try {
      signal.throwIfAborted();
      await carryOut(step, index, applying);
    } catch (error) {
      const failure = signal.aborted ? interrupted(step, error) : error;
      report({ type: 'step-failed', index, message: messageOf(failure) });
      await takeBack(undo, applying, failure);
      throw failure;
    }
    report({ type: 'step-finished', index, milliseconds: Date.now() - started });
    if (step.settles) undo.length = 0;
    // A step's own undo list runs in order; the later step's list comes first.
    else undo.unshift(...(step.undo ?? []));
  }
}

async function beforeStop(applying: Applying, undo: Action[]): Promise<void> {
  try {
    await applying.beforeStop?.();
  } catch (failure) {
    await takeBack(undo, applying, failure);
    throw failure;
  }
}

async function carryOut(action: Action, index: number, applying: Applying): Promise<void> {
  const { docker, config, report, signal, folder } = applying;
  switch (action.do) {
    case 'pull-image': {
      const { pullImage } = await import('./image/pull.ts');
      const platform = config.image.kind === 'build' ? config.image.platform : undefined;
      const login = await loginFor(action.reference, applying);
      return pullImage(docker, action.reference, { report, index, signal, platform, login });
    }
    case 'push-image': {
      const { pushImage } = await import('./image/push.ts');
      const login = await loginFor(action.reference, applying);
      return pushImage(docker, action.reference, { report, index, signal, login });
    }
    case 'build-image': {
      if (config.image.kind !== 'build') throw new Error('a build step needs a build');
      const { buildImage } = await import('./image/build.ts');
      const nameImage = (inputs: string): string => {
        applying.onBuilt?.(inputs);
        return imageReference(config, inputs);
      };
      await buildImage(docker, config.image, nameImage, {
        builder: action.builder,
        secrets: await buildSecrets(config.image.secrets, applying),
        agentSocket: config.forward.sshAgent ? applying.environment.SSH_AUTH_SOCK : undefined,
        hostEnvironment: applying.environment,
        noCache: action.noCache,
        pull: action.pull,
        labels: ownerLabels(applying),
        logins: { environment: applying.environment, home: applying.caller.home },
        files: applying.buildFiles,
        limits: buildLimits(config),
        ...(await buildLog(applying)),
        cacheFolder: applying.cacheFolder,
        environment: config.forward.proxy ? applying.environment : {},
        report,
        index,
        signal,
      });
      return;
    }
    case 'create-folder':
      return makeFolder(action.path, applying);
    case 'create-volume':
      return docker.createVolume(action.name, action.labels);
    case 'create-network': {
      const { createNetwork } = await import('./container/create-network.ts');
      return createNetwork(docker, action);
    }
    case 'create-container':
      await makeRunFolder(folder);
      if (action.spec.entrypoint?.[0] === holdInside) return createHeld(action, applying);
      await docker.createContainer(action.name, action.spec);
      return;
    case 'write-files': {
      const { prepareContainer } = await import('./container/prepare.ts');
      return prepareContainer(docker, action.container, action.spec);
    }
    case 'start-container':
      return startContainer(docker, action.container, config.init, folder);
    case 'confine-container': {
      const { confineContainer } = await import('./container/confine.ts');
      return confineContainer(docker, action, folder);
    }
    case 'unpause-container':
      return docker.unpauseContainer(action.container);
    case 'await-idle': {
      const { awaitIdle } = await import('./session/await-idle.ts');
      return awaitIdle(docker, action.container, applying.identity.id, signal);
    }
    case 'stop-container':
      return docker.stopContainer(action.container, action.timeout);
    case 'rename-container':
      return docker.renameContainer(action.container, action.to);
    case 'remove-container':
      return docker.removeContainer(action.container);
    case 'remove-volume':
      return docker.removeVolume(action.name);
    case 'remove-network':
      return docker.removeNetwork(action.name);
    case 'run-hook':
      return runHook(action, index, applying);
  }
}

/** One of an image that its person has built: nothing of it may run yet. */
async function createHeld(
  { name, spec }: Extract<Action, { do: 'create-container' }>,
  { docker, folder }: Applying,
): Promise<void> {
  await writeHold(folder.run);
  await docker.createContainer(name, spec);
  const { refuseLinks } = await import('./container/refuse-links.ts');
  try {
    await refuseLinks(docker, name, spec);
  } catch (error) {
    await docker.removeContainer(name);
    throw error;
  }
}

function buildLimits({ image, resources }: Config): BuildLimits | undefined {
  if (image.kind !== 'build' || image.confined === undefined) return undefined;
  const { memory, cpus } = resources;
  return { network: image.confined.network, memory, cpus };
}

/** Whoever has no way to the host finds it in their workspace. */
async function buildLog({
  config,
  folder,
}: Applying): Promise<Pick<BuildOptions, 'logFile' | 'logShownAs' | 'logBytes'>> {
  if (config.confinement === undefined) return { logFile: folder.buildLog };
  await makeRunFolder(folder);
  return {
    logFile: join(folder.run, 'build.log'),
    logShownAs: `${posix.join(runFolderInside, 'build.log')} inside your workspace`,
    logBytes: config.confinement.logBytes,
  };
}

/** On a shared host the folder is the person's, and who makes it has to be the person as well. */
async function makeFolder(path: string, { config, caller }: Applying): Promise<void> {
  if (config.confinement === undefined) {
    await mkdir(path, { recursive: true });
    return;
  }
  const { makeFolderAs } = await import('./host/make-folder-as.ts');
  await makeFolderAs(path, caller);
}

async function loginFor(reference: string, { environment, caller }: Applying): Promise<FoundLogin> {
  const { registryLogin } = await import('./image/registry-login.ts');
  return registryLogin(reference, environment, caller.home);
}

/** What others pull shall not say who built it: it is theirs as much. */
function ownerLabels({ config, caller }: Applying): Record<string, string> {
  const shared = config.image.kind === 'build' && config.image.registry !== undefined;
  return shared ? {} : { [labels.uid]: String(caller.uid) };
}

/** The named ones of the project's secrets; none is read for a build that wants none. */
async function buildSecrets(
  names: string[],
  { secrets }: Applying,
): Promise<Record<string, string>> {
  if (names.length === 0) return {};
  const all = await secrets();
  return Object.fromEntries(names.map((name) => [name, all[name] ?? '']));
}

/** Undoing goes on past its own failures, which are added to what the person is told. */
async function takeBack(undo: Action[], applying: Applying, failure: unknown): Promise<void> {
  // What a hook says in a container that is brought back belongs to no step.
  const report: Report = (event) => {
    if (event.type !== 'step-output') applying.report(event);
  };
  // The person's Ctrl-C has been heard; it must not stop the tidying.
  const quiet = { ...applying, report, signal: new AbortController().signal };
  for (const action of undo) {
    applying.report({ type: 'undo-started', title: describeAction(action) });
    try {
      await carryOut(action, -1, quiet);
    } catch (error) {
      if (failure instanceof DevenvError) {
        const said = error instanceof DevenvError ? error.details : [];
        failure.details.push(`Could not ${describeAction(action)}: ${messageOf(error)}`, ...said);
      }
    }
  }
}

function interrupted(step: Step, cause: unknown): DevenvError {
  if (cause instanceof DevenvError && cause.code === 'interrupted') return cause;
  return new DevenvError('interrupted', `Interrupted: ${describeAction(step)} was not finished.`, {
    hint: 'Run the same command again to go on.',
    cause,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
