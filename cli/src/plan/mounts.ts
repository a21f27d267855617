import { posix } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Account } from './account.ts';
import type { ResolvedMount } from './container-spec.ts';
import { cacheVolume, homeVolume } from './identity.ts';
import type { Caller, SourceFacts } from './world.ts';

/** Where the caller's files, the run folder and the volumes appear inside. */
export interface MountPlan {
  mounts: ResolvedMount[];
  /** Volumes to make, with their role. */
  volumes: { name: string; role: 'home' | 'cache'; target: string }[];
  /** Host folders that must exist before the engine would make them, as root. */
  hostFolders: string[];
  /** Folders inside our volumes that belong to the account. */
  ownedFolders: string[];
  /** Folders in the container's own layer that belong to the account if mounting creates them. */
  createdFolders: string[];
  /** With `home: none`, the folder that is the account's home, where nothing is mounted there. */
  homeFolder: string | undefined;
}

/** Where run-time files of devenv appear inside: the CA bundle, relayed sockets. */
export const runFolderInside = '/run/devenv';

/** A program of devenv's own that does nothing, for an image whose own ones are not to run yet. */
export const holdInside = `${runFolderInside}/hold`;

interface Input {
  config: Config;
  caller: Caller;
  account: Account;
  source: SourceFacts;
  id: string;
  /** Host folder to mount at `runFolderInside`; undefined where the engine is not local. */
  runFolder: string | undefined;
}

/** Decides every mount of a workspace, and who owns what the mounting creates. */
export function planMounts({ config, caller, account, source, id, runFolder }: Input): MountPlan {
  const sourceMount = sourceMounting(config, source);
  const mounts: ResolvedMount[] = [
    bind(sourceMount.host, sourceMount.inside),
    ...source.gitFolders.map((folder) => bind(folder, folder)),
  ];
  if (runFolder !== undefined) mounts.push(bind(runFolder, runFolderInside));

  const volumes: MountPlan['volumes'] = [];
  if (config.home === 'host') mounts.push(bind(caller.home, account.home));
  if (config.home === 'project' || config.home === 'user') {
    volumes.push({
      name: homeVolume(config.home, id, caller.uid),
      role: 'home',
      target: account.home,
    });
  }
  for (const path of config.caches) {
    volumes.push({
      name: cacheVolume(id, path),
      role: 'cache',
      target: inside(path, account, config),
    });
  }
  for (const mount of config.mounts) {
    mounts.push({ ...mount, target: inside(mount.target, account, config) });
  }
  // A project in the home folder itself, say: what is mounted first keeps the place.
  const free = volumes.filter(({ target }) => !mounts.some((mount) => mount.target === target));
  for (const { name, target } of free) {
    mounts.push({ type: 'volume', source: name, target, readOnly: false });
  }
  const isMounted = around(mounts, account.home) !== undefined;
  const homeFolder = config.home === 'none' && !isMounted ? account.home : undefined;
  return { mounts, volumes: free, ...ownership(mounts, free), homeFolder };
}

/**
 * The source is mounted at the same absolute path. With a `workspace` of its own, a subfolder
 * of a repository is mounted alone, since the repository around it has no place there.
 */
export function sourceMounting(
  config: Config,
  source: SourceFacts,
): { host: string; inside: string } {
  const { root } = config.project;
  if (config.workspace === root) return { host: source.mount, inside: source.mount };
  return { host: root, inside: config.workspace };
}

function bind(source: string, target: string): ResolvedMount {
  return { type: 'bind', source, target, readOnly: false };
}

function inside(path: string, account: Account, config: Config): string {
  if (path === '~') return account.home;
  if (path.startsWith('~/')) return posix.join(account.home, path.slice(2));
  return posix.resolve(config.workspace, path);
}

function ownership(
  mounts: ResolvedMount[],
  volumes: MountPlan['volumes'],
): Pick<MountPlan, 'hostFolders' | 'ownedFolders' | 'createdFolders'> {
  const hostFolders = new Set<string>();
  const owned = new Set(volumes.map(({ target }) => target));
  const created = new Set<string>();
  for (const { type, target } of mounts) {
    // What is bound may be a file, so only the folder around its place is sure to be one.
    const place = type === 'bind' ? posix.dirname(target) : target;
    const outer = around(
      mounts.filter((mount) => mount.target !== target),
      place,
    );
    if (outer?.type === 'bind' && !outer.readOnly) {
      hostFolders.add(posix.join(outer.source, posix.relative(outer.target, place)));
    }
    for (const folder of ancestors(target)) {
      const parent = around(mounts, folder);
      if (parent === undefined) created.add(folder);
      else if (volumes.some((volume) => volume.name === parent.source)) owned.add(folder);
    }
  }
  return {
    hostFolders: [...hostFolders].sort(),
    ownedFolders: [...owned].sort(),
    createdFolders: [...created].sort(),
  };
}

/** The innermost mount in which a folder lies, which may be the one mounted exactly there. */
function around(mounts: ResolvedMount[], folder: string): ResolvedMount | undefined {
  return mounts
    .filter(({ target }) => folder === target || folder.startsWith(`${target}/`))
    .sort((one, other) => other.target.length - one.target.length)[0];
}

function ancestors(path: string): string[] {
  const folders: string[] = [];
  for (let folder = posix.dirname(path); folder !== '/'; folder = posix.dirname(folder)) {
    folders.push(folder);
  }
  return folders;
}
