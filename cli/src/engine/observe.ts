import type { Config } from '../config/config.ts';
import { DevenvError } from '../errors.ts';
import type { Identity } from '../plan/identity.ts';
import { canBePrebuilt, imageReference, isMeantImage } from '../plan/image.ts';
import { labels } from '../plan/labels.ts';
import type { Intent } from '../plan/plan.ts';
import type { Caller, ContainerFacts, Glance, SourceFacts, World } from '../plan/world.ts';
import type { Docker } from './docker.ts';
import type { ContainerInspection, ContainerListing, ImageInspection } from './docker/answers.ts';
import { readEngineFacts } from './docker/engine-facts.ts';
import { readImageFacts } from './image/facts.ts';
import type { BuildFiles } from './image/build-files.ts';
import type { LoginOwner } from './image/registry-login.ts';
import { listeningPorts, portsOfContainers, publishedPorts } from './container/ports.ts';
import { isSession, userArgv } from './session/markers.ts';
import { readConfined, readHooksDone, type WorkspaceFolder } from './host/workspace-folder.ts';

/** What observing needs to know of a workspace. */
export interface Observed {
  config: Config;
  caller: Caller;
  source: SourceFacts;
  identity: Identity;
  docker: Docker;
  environment: NodeJS.ProcessEnv;
  folder: WorkspaceFolder;
  /** Folder for what can be found out again. */
  cacheFolder: string;
  /** Who reads the files of a build; this process where it is left out. */
  buildFiles?: BuildFiles | undefined;
  /** Why nothing can be built, where that is known already. */
  unbuildable?: DevenvError | undefined;
}

/** The least that entering a running workspace needs: one engine call. */
export async function glance(observed: Observed): Promise<Glance> {
  const { docker, identity, caller, source, folder } = observed;
  const [inspection, hooksDone, confined] = await Promise.all([
    docker.inspectContainer(identity.containerName),
    readHooksDone(folder),
    confinedStarts(observed),
  ]);
  const own = inspection !== undefined && isOurs(inspection.Config.Labels ?? {}, observed);
  const container = own ? containerFacts(inspection) : undefined;
  return { caller, source, hooksDone, confined, container };
}

/** Ordinary workspaces are not confined, and do not pay for a look. */
async function confinedStarts({ config, folder }: Observed): Promise<string[]> {
  return config.confinement === undefined ? [] : readConfined(folder);
}

async function ownNetworks({ config, docker, identity }: Observed): Promise<string[]> {
  if (config.confinement === undefined) return [];
  return docker.listNetworks([`${labels.id}=${identity.id}`]);
}

/**
 * Everything that is: one snapshot for the plan. Changes nothing. A registry is asked for a built
 * image only where the intent could do with it.
 *
 * @param builtFrom Hash of the inputs that an image has just been built or pulled for; they count
 *   in place of what the files have become since.
 */
export async function observe(
  observed: Observed,
  intent?: Intent,
  builtFrom?: string,
): Promise<World> {
  const { config, docker, identity, caller, source, folder } = observed;
  const [engine, containers, volumes, networks, listening, notes, inputs] = await Promise.all([
    readEngineFacts(docker, observed.cacheFolder),
    docker.listContainers(),
    docker.listVolumes([`${labels.uid}=${caller.uid}`]),
    ownNetworks(observed),
    listeningPorts(config.ports),
    Promise.all([readHooksDone(folder), confinedStarts(observed)]),
    imageInputsOf(observed, builtFrom),
  ]);
  const [hooksDone, confined] = notes;
  const { full: imageInputs, problems = [], unbuildable } = inputs;
  const reference = imageReference(config, imageInputs);
  const mine = containers.filter((listing) => isOurs(listing.Labels ?? {}, observed));
  const [image, found] = await Promise.all([
    readImageFacts(docker, reference, observed.cacheFolder, (image) => {
      if (!isMeantImage(config, imageInputs, image.Config.Labels ?? {})) return false;
      if (isConfinedBuild(config)) refuseVolumes(image);
      return true;
    }),
    Promise.all(mine.map((listing) => observeContainer(docker, listing.Id))),
  ]);
  const facts = found.filter((container) => container !== undefined);
  const container = facts.find(({ name }) => name === identity.containerName);
  const ownPorts = container?.state === 'running' ? container.ports.map(({ host }) => host) : [];
  const world: World = {
    engine,
    caller,
    source,
    image,
    imageInputs,
    unbuildable,
    prebuilt: undefined,
    container,
    nameHolder: container === undefined ? nameHolder(containers, identity) : undefined,
    leftovers: facts.filter((other) => other !== container),
    networks,
    volumes: volumes.map(({ Name }) => Name),
    takenPorts: [
      ...portsOfContainers(containers, container?.id),
      // While it runs, what listens on the workspace's own ports is the workspace.
      ...listening.filter(({ port }) => !ownPorts.includes(port)),
    ],
    hooksDone,
    confined,
    handmade: undefined,
  };
  if (intent === undefined || !canBePrebuilt(config, world, intent)) return world;
  const [problem] = problems;
  // Without its base images' digests nobody knows by which name the image is shared.
  if (problem !== undefined) return { ...world, prebuilt: { found: false, problem } };
  const { observePrebuilt } = await import('./image/prebuilt.ts');
  return { ...world, prebuilt: await observePrebuilt(docker, engine, reference, logins(observed)) };
}

function isConfinedBuild({ image }: Config): boolean {
  return image.kind === 'build' && image.confined !== undefined;
}

/** The engine would mount them by itself, by way of a link over what is not the person's. */
function refuseVolumes({ Config: { Volumes } }: ImageInspection): void {
  const [path] = Object.keys(Volumes ?? {});
  if (path === undefined) return;
  const message = `The image has a volume at ${path}, which its Dockerfile has from its base.`;
  throw new DevenvError('build_failed', message, {
    hint: 'Behind the login shell, what is built stands on images without volumes.',
  });
}

interface Inputs {
  full?: string;
  problems?: string[];
  unbuildable?: DevenvError;
}

/**
 * What a built image is made of, or why nothing can be built: that is a failure only for whatever
 * would build. Reading a Dockerfile takes a parser, loaded only for this.
 */
async function imageInputsOf(observed: Observed, builtFrom?: string): Promise<Inputs> {
  const { config, docker, unbuildable } = observed;
  if (config.image.kind !== 'build') return {};
  if (builtFrom !== undefined) return { full: builtFrom };
  if (unbuildable !== undefined) return { unbuildable };
  const { hashImageInputs } = await import('./image/inputs.ts');
  const { ownBuildFiles } = await import('./image/build-files.ts');
  const files = observed.buildFiles ?? ownBuildFiles(config.image, observed.cacheFolder);
  try {
    return await hashImageInputs(config.image, docker, logins(observed), files);
  } catch (error) {
    if (!(error instanceof DevenvError) || error.code !== 'config_invalid') throw error;
    return { unbuildable: error };
  }
}

function logins({ environment, caller }: Observed): LoginOwner {
  return { environment, home: caller.home };
}

/** Labels, not names, say whose a container is. */
function isOurs(found: Record<string, string>, { identity, caller, config }: Observed): boolean {
  return (
    found[labels.id] === identity.id &&
    found[labels.uid] === String(caller.uid) &&
    found[labels.root] === config.project.root &&
    found[labels.environment] === config.project.environment
  );
}

/** The inspected container in the plan's words, without its sessions. */
export function containerFacts(inspection: ContainerInspection): ContainerFacts {
  const { State } = inspection;
  return {
    id: inspection.Id,
    name: inspection.Name.replace(/^\//, ''),
    state: stateOf(State.Status),
    labels: inspection.Config.Labels ?? {},
    imageId: inspection.Image,
    createdAt: inspection.Created,
    startedAt: State.StartedAt.startsWith('0001-') ? undefined : State.StartedAt,
    ports: publishedPorts(inspection),
    sessions: [],
  };
}

/** One container with its sessions; undefined when it is gone. */
export async function observeContainer(
  docker: Docker,
  name: string,
): Promise<ContainerFacts | undefined> {
  const inspection = await docker.inspectContainer(name);
  if (inspection === undefined) return undefined;
  const execs = await Promise.all((inspection.ExecIDs ?? []).map((id) => docker.inspectExec(id)));
  const sessions = execs
    .filter((exec) => exec !== undefined)
    .filter((exec) => exec.Running && isSession(exec))
    .map((exec) => ({
      execId: exec.ID,
      command: userArgv(exec),
      tty: exec.ProcessConfig.tty,
    }));
  return { ...containerFacts(inspection), sessions };
}

/** Podman also says "configured", "stopped", "stopping" and "removing". */
function stateOf(status: string): ContainerFacts['state'] {
  switch (status) {
    case 'running':
    case 'paused':
    case 'restarting':
    case 'dead':
    case 'created':
      return status;
    case 'configured':
    case 'initialized':
      return 'created';
    default:
      return 'exited';
  }
}

function nameHolder(
  containers: ContainerListing[],
  { containerName }: Identity,
): World['nameHolder'] {
  const holder = containers.find(({ Names }) => Names.includes(`/${containerName}`));
  if (holder === undefined) return undefined;
  return {
    id: holder.Id,
    description: `a container of ${holder.Image} that devenv did not make for you`,
  };
}
