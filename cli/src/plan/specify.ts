import type { Config, NetworkSettings, Security } from '../config/config.ts';
import { DevenvError } from '../errors.ts';
import type { Account } from './account.ts';
import { sessionAccount } from './account.ts';
import { networkName } from './confine.ts';
import type { ContainerFile, ContainerSpec } from './container-spec.ts';
import type { Identity } from './identity.ts';
import { slug } from './identity.ts';
import { imageReference } from './image.ts';
import { labels } from './labels.ts';
import { holdInside, planMounts, sourceMounting, type MountPlan } from './mounts.ts';
import { entries, withAccount, withGroup } from './passwd.ts';
import { hashSettings } from './settings.ts';
import type { ImageFacts, PublishedPort, World } from './world.ts';

interface Input {
  config: Config;
  world: World;
  image: ImageFacts;
  identity: Identity;
  ports: PublishedPort[];
  version: string;
  /** Host folder that is mounted at /run/devenv. */
  runFolder: string;
}

/** Decides what the workspace's container is made of. */
export function specify({ config, world, image, identity, ports, version, runFolder }: Input): {
  spec: ContainerSpec;
  mountPlan: MountPlan;
} {
  const { caller, engine, source } = world;
  const account = sessionAccount(config, caller, engine, image);
  const mountPlan = planMounts({
    config,
    caller,
    account,
    source,
    id: identity.id,
    runFolder: engine.local ? runFolder : undefined,
  });
  const keepsImage = config.init === 'image';
  const holds = holdsStill(config);
  if (!keepsImage && !holds && !image.canSleep) throw endsAtOnce(config, world);
  const home = mountPlan.volumes.find(({ role }) => role === 'home');
  const spec: ContainerSpec = {
    // Where others can have names moved, it is the very image that was looked at.
    image: holds ? image.id : imageReference(config, world.imageInputs),
    hostname: slug(config.project.name) || 'devenv',
    user: keepsImage ? imageUser(image, account) : `${account.uid}:${account.gid}`,
    entrypoint: keepsImage ? undefined : [holds ? holdInside : 'sleep'],
    // As many seconds as every sleep takes; not all of them know "infinity".
    command: keepsImage ? undefined : holds ? [] : ['2147483647'],
    init: !keepsImage,
    workingDir: keepsImage ? image.workingDir || '/' : '/',
    environment: config.environment,
    mounts: mountPlan.mounts,
    ports,
    resources: config.resources,
    security: config.security,
    network: networkOf(config, identity),
    limits: config.confinement,
    labels: describe(config, world, identity, account, version),
    stopTimeout: stopTimeout(config),
    files: accountFiles(image, account),
    ownedFolders: writesAnywhere(account, config.security) ? [] : mountPlan.ownedFolders,
    // Mounting makes folders that are root's already.
    createdFolders: account.uid === 0 ? [] : mountPlan.createdFolders,
    homeFolder: mountPlan.homeFolder === '/root' ? undefined : mountPlan.homeFolder,
    skeletonHome: account.uid !== 0 && config.user === 'me' ? home?.target : undefined,
    owner: { uid: account.uid, gid: account.gid },
  };
  return { spec, mountPlan };
}

/**
 * Whether nothing of the image may run before the container is confined: somebody who builds it
 * could have put anything in the place of `sleep`.
 */
function holdsStill({ image }: Config): boolean {
  return image.kind === 'build' && image.confined !== undefined;
}

/** A confined workspace is in its own network, or in none. */
function networkOf({ network, confinement }: Config, { id }: Identity): NetworkSettings {
  if (confinement === undefined || network.mode === 'none') return network;
  return { ...network, mode: confinement.network === 'none' ? 'none' : networkName(id) };
}

/** Seconds to stop in: my_init, runit and the like end their services; a sleeper ends at once. */
export function stopTimeout(config: Config): number {
  return config.init === 'image' ? 30 : 3;
}

function describe(
  config: Config,
  world: World,
  identity: Identity,
  account: Account,
  version: string,
): Record<string, string> {
  const settings = hashSettings(config, world.caller, world.source);
  return {
    ...ownership(config, world, identity),
    [labels.file]: config.project.file ?? '',
    [labels.name]: config.project.name,
    [labels.config]: settings.hash,
    [labels.settings]: JSON.stringify(settings.sections),
    [labels.image]: world.imageInputs ?? world.image?.id ?? '',
    [labels.version]: version,
    [labels.account]: JSON.stringify(account),
    [labels.workspace]: config.workspace,
    [labels.source]: JSON.stringify(sourceMounting(config, world.source)),
  };
}

/** The labels that say whose a thing is. */
export function ownership(
  config: Config,
  world: Pick<World, 'caller'>,
  identity: Identity,
): Record<string, string> {
  return {
    [labels.id]: identity.id,
    [labels.uid]: String(world.caller.uid),
    [labels.root]: config.project.root,
    [labels.environment]: config.project.environment,
    ...(config.confinement && { [labels.confined]: '1' }),
  };
}

/** The image's own user for PID 1, by number where our passwd file would give the name away. */
function imageUser(image: ImageFacts, account: Account): string {
  const [name, group] = image.user.split(':');
  const entry = entries(image.passwd).find((candidate) => candidate.name === name);
  if (name !== account.name || entry === undefined) return image.user;
  return `${entry.uid}:${group ?? entry.gid}`;
}

/** What the image has already is left alone. */
function accountFiles(image: ImageFacts, account: Account): ContainerFile[] {
  const passwd = withAccount(image.passwd, account);
  const group = withGroup(image.group, account);
  return [
    ...(passwd === image.passwd ? [] : [{ path: '/etc/passwd', text: passwd, mode: 0o644 }]),
    ...(group === image.group ? [] : [{ path: '/etc/group', text: group, mode: 0o644 }]),
  ];
}

/** Root needs to own nothing, as long as it has its capabilities. */
function writesAnywhere({ uid }: Account, { capDrop }: Security): boolean {
  return uid === 0 && capDrop.length === 0;
}

/** Under the engine's small init such a container would end without a word. */
function endsAtOnce(config: Config, { imageInputs }: World): DevenvError {
  const reference = imageReference(config, imageInputs);
  return new DevenvError('config_invalid', `The image ${reference} has no sleep.`, {
    hint: 'A workspace needs it to stay up. Add it to the image, or write "init: image" if the image has a command of its own that goes on.',
  });
}
