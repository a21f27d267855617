import type { ContainerSpec } from '../../plan/container-spec.ts';
import type { Docker } from '../docker.ts';
import { packFiles, readEntries, readOwner, type TarEntry } from './tar.ts';

/**
 * Writes into a created container, before its first start, what no image layer may hold: who the
 * caller is, and whose the folders are. The engine mounts the volumes for this, and unpacking a
 * folder's entry gives an existing folder its owner without touching what is in it. All of it is
 * one archive, as the engine takes 60 ms for each.
 */
export async function prepareContainer(
  docker: Docker,
  container: string,
  spec: ContainerSpec,
): Promise<void> {
  const entries = [
    ...spec.files.map(({ path, text, mode }) => ({ path, content: text, mode, uid: 0, gid: 0 })),
    ...(await skeleton(docker, container, spec)),
    ...(spec.homeFolder === undefined ? [] : [folder(spec.homeFolder, spec)]),
    ...spec.ownedFolders.map((path) => folder(path, spec)),
    ...(await createdFolders(docker, container, spec)).map((path) => folder(path, spec)),
  ];
  if (entries.length === 0) return;
  await docker.putArchive(container, '/', await packFiles(entries));
}

function folder(path: string, { owner }: ContainerSpec): TarEntry {
  return { path, type: 'directory', mode: 0o755, ...owner };
}

/**
 * A new home gets what useradd would give it: the image's /etc/skel. Whether it is new can be
 * seen from its owner.
 */
async function skeleton(
  docker: Docker,
  container: string,
  { skeletonHome: home, owner }: ContainerSpec,
): Promise<TarEntry[]> {
  if (home === undefined) return [];
  const before = await docker.getArchive(container, home);
  if (before !== undefined && (await readOwner(before)) === owner.uid) return [];
  const source = await docker.getArchive(container, '/etc/skel');
  if (source === undefined) return [];
  const [, ...inside] = await readEntries(source, mostSkeleton);
  return inside.map((entry) => ({
    ...entry,
    ...owner,
    path: below(home, entry.path),
    // Only a hard link names a path of the archive; a symlink's target is text.
    ...(entry.type === 'link' && { content: below(home, String(entry.content)) }),
  }));
}

/** Bytes of what a new home is given. */
const mostSkeleton = 64 * 1024 * 1024;

/** `skel/.bashrc` becomes `/home/ann/.bashrc`. */
function below(home: string, path: string): string {
  return home + path.slice(path.indexOf('/'));
}

/**
 * Mounting has made folders on the way to the mounts, owned by root. Those that the image has
 * itself are not among the paths added to the container, and keep their owner.
 */
async function createdFolders(
  docker: Docker,
  container: string,
  { createdFolders: folders }: ContainerSpec,
): Promise<string[]> {
  if (folders.length === 0) return [];
  // The first look into a container is what mounts its volumes.
  await docker.stat(container, '/');
  const changes = await docker.changes(container);
  const added = new Set(changes.filter(({ kind }) => kind === 'added').map(({ path }) => path));
  return folders.filter((path) => added.has(path));
}
