import { homeVolume } from './identity.ts';
import { imageLabels, isOwnName, probeLabel } from './image-labels.ts';
import { labels } from './labels.ts';

/** What could go from an engine and from devenv's own folders, as it is now. */
export interface PruneWorld {
  /** Of the caller. */
  uid: number;
  /** Milliseconds since 1970. */
  now: number;
  /** Everybody's containers: an image that any of them uses stays. */
  containers: PruneContainer[];
  volumes: { name: string; labels: Record<string, string>; bytes: number }[];
  images: PruneImage[];
  /** Project folders which containers or volumes name, and which are no more on this host. */
  goneRoots: string[];
  /** devenv's own folders on this host, by the workspace they belong to. */
  workspaceFolders: { path: string; workspace: string; bytes: number }[];
  /** Files in which facts of an image are kept, by the image's id. */
  imageFiles: { path: string; imageId: string; bytes: number }[];
  /** Files in which is kept what was read of contexts that are no more, or in an old format. */
  goneContextFiles: { path: string; bytes: number }[];
  /** Files in which accounts of images are kept; when last used, in milliseconds since 1970. */
  accountFiles: { path: string; usedAt: number; bytes: number }[];
}

export interface PruneContainer {
  id: string;
  name: string;
  state: string;
  imageId: string;
  labels: Record<string, string>;
  bytes: number;
}

export interface PruneImage {
  id: string;
  references: string[];
  labels: Record<string, string>;
  /** Only what no other image has too. */
  bytes: number;
}

/** One thing that can go. Volumes hold data that is nowhere else. */
export interface PruneItem {
  kind: 'container' | 'volume' | 'image' | 'folder';
  /** What to remove it by: an id, a volume's name, a path. */
  id: string;
  /** For people. */
  name: string;
  /** For an image: what it goes by; it is gone when the last of them is. */
  references: string[];
  reason: string;
  bytes: number;
}

/** Containers that only read an image's files live for milliseconds, so these were left behind. */
const probeMilliseconds = 10 * 60 * 1000;

/** Which images a file of accounts is of is not known; reading one again costs little. */
const accountDays = 90;

/**
 * What nobody needs any more, in the order in which it has to go. Only what devenv made, and of
 * workspaces only the caller's own: those whose folder is gone.
 */
export function planPrune(world: PruneWorld): PruneItem[] {
  const orphans = world.containers.filter((container) => isOrphanContainer(container, world));
  const probes = world.containers.filter((container) => isLeftProbe(container.labels, world.now));
  const volumes = world.volumes.filter((volume) => isOrphanVolume(volume, world));
  const staying = world.containers.filter(
    (container) => !orphans.includes(container) && !probes.includes(container),
  );
  const images = world.images.filter((image) => isUnused(image, staying, world.uid));
  const gone = new Set([...orphans, ...volumes].map((thing) => thing.labels[labels.id]));
  const kept = new Set(staying.map((container) => container.labels[labels.id]));
  return [
    ...orphans.map(orphanItem),
    ...probes.map((probe) => containerItem(probe, 'an interrupted run left it behind')),
    ...volumes.map(({ name, labels: found, bytes }): PruneItem => ({
      kind: 'volume',
      id: name,
      name,
      references: [],
      reason: `${found[labels.root]} is gone`,
      bytes,
    })),
    ...images.map(imageItem),
    ...world.workspaceFolders
      .filter(({ workspace }) => gone.has(workspace) && !kept.has(workspace))
      .map(({ path, bytes }) => folderItem(path, bytes, 'its workspace is gone')),
    ...world.imageFiles
      .filter(({ imageId }) => !world.images.some(({ id }) => id === imageId))
      .map(({ path, bytes }) => folderItem(path, bytes, 'its image is gone')),
    ...world.goneContextFiles.map(({ path, bytes }) =>
      folderItem(path, bytes, 'its build context is gone'),
    ),
    ...world.accountFiles
      .filter(({ usedAt }) => world.now - usedAt > accountDays * 24 * 60 * 60 * 1000)
      .map(({ path, bytes }) => folderItem(path, bytes, `not used for ${accountDays} days`)),
  ];
}

/** Whether labels are of one of the caller's workspaces whose folder is gone. */
function isOrphan(found: Record<string, string>, { uid, goneRoots }: PruneWorld): boolean {
  const root = found[labels.root];
  return (
    found[labels.id] !== undefined &&
    found[labels.uid] === String(uid) &&
    root !== undefined &&
    goneRoots.includes(root)
  );
}

/** Labels travel on with an image that somebody commits from a workspace, names do not. */
function isOrphanContainer({ name, labels: found }: PruneContainer, world: PruneWorld): boolean {
  return isOrphan(found, world) && name.startsWith('devenv-');
}

/** A person's home for all projects stays, whichever project it was made for first. */
function isOrphanVolume(volume: PruneWorld['volumes'][number], world: PruneWorld): boolean {
  return isOrphan(volume.labels, world) && volume.name !== homeVolume('user', '', world.uid);
}

function isLeftProbe(found: Record<string, string>, now: number): boolean {
  const made = Number(found[probeLabel] ?? Infinity);
  return now - made > probeMilliseconds;
}

/**
 * Whether devenv built the image, nobody gave it a name of their own, and no container is made
 * from it or from what it was built from. Other people's, where the image says whose it is, stay;
 * one for a registry says nothing, and can be had from there or be built again.
 */
function isUnused(image: PruneImage, containers: PruneContainer[], uid: number): boolean {
  const { id, references, labels: found } = image;
  if (found[imageLabels.built] === undefined) return false;
  if ((found[labels.uid] ?? String(uid)) !== String(uid)) return false;
  if (references.some((reference) => !isOwnName(reference, found))) return false;
  const inputs = found[imageLabels.inputs] ?? id;
  return !containers.some(
    (container) => container.imageId === id || container.labels[labels.image] === inputs,
  );
}

function orphanItem(container: PruneContainer): PruneItem {
  const running = container.state === 'running' ? ', although it is running' : '';
  return containerItem(container, `${container.labels[labels.root]} is gone${running}`);
}

function containerItem({ id, name, bytes }: PruneContainer, reason: string): PruneItem {
  return { kind: 'container', id, name, references: [], reason, bytes };
}

function imageItem({ id, references, labels: found, bytes }: PruneImage): PruneItem {
  const base = found[imageLabels.base] ? `, built on ${found[imageLabels.base]}` : '';
  return {
    kind: 'image',
    id,
    name: references[0] ?? id.replace(/^sha256:/, '').slice(0, 12),
    references,
    reason: `no container uses it${base}`,
    bytes,
  };
}

function folderItem(path: string, bytes: number, reason: string): PruneItem {
  return { kind: 'folder', id: path, name: path, references: [], reason, bytes };
}
