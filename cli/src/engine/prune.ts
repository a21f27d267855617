import { lstat, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DevenvError } from '../errors.ts';
import { labels } from '../plan/labels.ts';
import { planPrune, type PruneItem, type PruneWorld } from '../plan/prune.ts';
import type { Caller } from '../plan/world.ts';
import type { Docker } from './docker.ts';
import type { DiskUsage } from './docker/answers.ts';
import { isFolderGone } from './host/is-folder-gone.ts';
import { accountsFolder } from './image/account-files.ts';
import { contextCaches, contextOfCache } from './image/context-cache.ts';
import { factsFolder } from './image/facts.ts';

interface Folders {
  stateFolder: string;
  cacheFolder: string;
}

export interface PruneResult {
  removed: PruneItem[];
  /** What could not go after all, and why. */
  kept: { item: PruneItem; reason: string }[];
  /** Bytes: what the removed things took, layers that several images share not counted. */
  freed: number;
}

/**
 * What `applyPrune` would remove, with sizes. Changes nothing. Workspaces count as gone only
 * where the engine is on this host, since otherwise their folders are not ours to see.
 */
export async function findPrunable(
  docker: Docker,
  caller: Caller,
  folders: Folders,
): Promise<PruneItem[]> {
  return planPrune(await observe(docker, caller, folders));
}

/** Removes the items, in their order. One that cannot go does not keep the others. */
export async function applyPrune(docker: Docker, items: PruneItem[]): Promise<PruneResult> {
  const result: PruneResult = { removed: [], kept: [], freed: 0 };
  for (const item of items) {
    const reason = await remove(docker, item);
    if (reason === undefined) {
      result.removed.push(item);
      result.freed += item.bytes;
    } else {
      result.kept.push({ item, reason });
    }
  }
  return result;
}

async function observe(
  docker: Docker,
  caller: Caller,
  { stateFolder, cacheFolder }: Folders,
): Promise<PruneWorld> {
  const [{ local }, containers, volumes, images, usage] = await Promise.all([
    docker.facts(),
    docker.listContainers(),
    docker.listVolumes([`${labels.uid}=${caller.uid}`, labels.id]),
    docker.listImages(),
    measure(docker),
  ]);
  const sizes = sizesOf(usage);
  const labelled = [...containers, ...volumes].map(({ Labels }) => Labels?.[labels.root]);
  const roots = [...new Set(labelled.filter((root) => root !== undefined))];
  return {
    uid: caller.uid,
    now: Date.now(),
    containers: containers.map(({ Id, Names, State, ImageID, Labels }) => ({
      id: Id,
      name: Names[0]?.replace(/^\//, '') ?? Id,
      state: State,
      imageId: ImageID,
      labels: Labels ?? {},
      bytes: sizes.get(Id) ?? 0,
    })),
    volumes: volumes.map(({ Name, Labels }) => ({
      name: Name,
      labels: Labels ?? {},
      bytes: sizes.get(Name) ?? 0,
    })),
    images: images.map(({ Id, RepoTags, Labels }) => ({
      id: Id,
      // An image without a name is listed under this one.
      references: (RepoTags ?? []).filter((tag) => tag !== '<none>:<none>'),
      labels: Labels ?? {},
      bytes: sizes.get(Id) ?? 0,
    })),
    goneRoots: local ? await filterAsync(roots, isFolderGone) : [],
    workspaceFolders: (await childrenOf(join(stateFolder, 'workspaces'))).map((child) => ({
      ...child,
      workspace: basename(child.path),
    })),
    imageFiles: (await childrenOf(factsFolder(cacheFolder))).map((child) => ({
      ...child,
      imageId: `sha256:${basename(child.path, '.json')}`,
    })),
    goneContextFiles: await filterAsync(
      await childrenOf(contextCaches(cacheFolder)),
      isContextGone,
    ),
    accountFiles: await Promise.all(
      (await childrenOf(accountsFolder(cacheFolder))).map(async (child) => ({
        ...child,
        usedAt: await lastUse(child.path),
      })),
    ),
  };
}

async function isContextGone({ path }: { path: string }): Promise<boolean> {
  const context = await contextOfCache(path).catch(() => undefined);
  return context === undefined || isFolderGone(context);
}

/** Milliseconds since 1970; of the last change where the system notes no reading. */
async function lastUse(path: string): Promise<number> {
  const facts = await lstat(path).catch(() => undefined);
  return Math.max(facts?.atimeMs ?? 0, facts?.mtimeMs ?? 0);
}

/**
 * Docker measures for one caller at a time and refuses the others, who cannot be told when it is
 * free again; so they ask again.
 */
async function measure(docker: Docker): Promise<DiskUsage> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await docker.diskUsage();
    } catch (error) {
      const busy = error instanceof DevenvError && /already running/.test(error.message);
      if (!busy || attempt === measuringAttempts) throw error;
    }
    await setTimeout(measuringPause);
  }
}

const measuringAttempts = 60;

/** Milliseconds. */
const measuringPause = 500;

/** Bytes of everything, by id or name; for images without the layers that others have too. */
function sizesOf({ Images, Containers, Volumes }: DiskUsage): Map<string, number> {
  return new Map([
    ...(Images ?? []).map(({ Id, Size, SharedSize }) => [Id, Size - measured(SharedSize)] as const),
    ...(Containers ?? []).map(({ Id, SizeRw }) => [Id, measured(SizeRw)] as const),
    ...(Volumes ?? []).map(({ Name, UsageData }) => [Name, measured(UsageData?.Size)] as const),
  ]);
}

function measured(bytes: number | undefined): number {
  return Math.max(bytes ?? 0, 0);
}

async function filterAsync<T>(values: T[], test: (value: T) => Promise<boolean>): Promise<T[]> {
  const answers = await Promise.all(values.map(test));
  return values.filter((_, index) => answers[index]);
}

async function childrenOf(folder: string): Promise<{ path: string; bytes: number }[]> {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return { path, bytes: await sizeOf(path) };
    }),
  );
}

async function sizeOf(path: string): Promise<number> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts?.isDirectory() !== true) return facts?.size ?? 0;
  const children = await childrenOf(path);
  return children.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Why it could not be removed; undefined when it is gone. */
async function remove(docker: Docker, item: PruneItem): Promise<string | undefined> {
  try {
    switch (item.kind) {
      case 'container':
        await docker.removeContainer(item.id);
        return undefined;
      case 'volume':
        await docker.removeVolume(item.id);
        return undefined;
      case 'folder':
        await rm(item.id, { recursive: true, force: true });
        return undefined;
      case 'image':
        return await removeImage(docker, item);
    }
  } catch (error) {
    // An engine that is gone will not remove the rest either.
    if (error instanceof DevenvError && error.code === 'engine_unreachable') throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

async function removeImage(docker: Docker, item: PruneItem): Promise<string | undefined> {
  const names = item.references.length > 0 ? item.references : [item.id];
  for (const name of names) await docker.removeImage(name);
  const left = await docker.inspectImage(item.id);
  return left === undefined ? undefined : 'something uses it again';
}
