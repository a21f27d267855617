import { buffer } from 'node:stream/consumers';
import type { ContainerSpec } from '../plan/container-spec.ts';
import type { Docker } from './docker.ts';
import { requireProgram } from './require-program.ts';
import { packFiles, readOwner, rewriteOwner, type TarEntry } from './tar.ts';

/**
 * Writes into a created container, before its first start, what no image layer may hold: who the
 * caller is, and whose the folders are. The engine mounts the volumes for this, and unpacking a
 * folder's entry gives an existing folder its owner without touching what is in it.
 */
export async function prepareContainer(
  docker: Docker,
  container: string,
  spec: ContainerSpec,
): Promise<void> {
  await requireProgram(docker, container, spec);
  const files = spec.files.map(({ path, text, mode }): TarEntry => ({
    path,
    content: text,
    mode,
    uid: 0,
    gid: 0,
  }));
  await docker.putArchive(container, '/', await packFiles(files));
  await fillHome(docker, container, spec);
  const folders = [...spec.ownedFolders, ...(await createdFolders(docker, container, spec))];
  if (folders.length === 0) return;
  const owned = folders.map((path): TarEntry => ({
    path,
    type: 'directory',
    mode: 0o755,
    ...spec.owner,
  }));
  await docker.putArchive(container, '/', await packFiles(owned));
}

/**
 * A new home gets what useradd would give it: the image's /etc/skel. It is handed over to its
 * owner after that, so that a home which an interrupted run has left empty is known by its owner.
 */
async function fillHome(docker: Docker, container: string, spec: ContainerSpec): Promise<void> {
  const { skeletonHome: home, owner } = spec;
  if (home === undefined) return;
  const before = await docker.getArchive(container, home);
  if (before !== undefined && (await readOwner(before)) === owner.uid) return;
  const skeleton = await docker.getArchive(container, '/etc/skel');
  if (skeleton === undefined) return;
  // The engine locks the container while it sends: it could not take what it has not sent yet.
  const tar = await buffer(rewriteOwner(skeleton, { ...owner, newRoot: home }));
  await docker.putArchive(container, '/', tar);
}

/**
 * Mounting has made folders on the way to the mounts, owned by root. Those that the image has
 * itself are not among the paths added to the container, and keep their owner.
 */
async function createdFolders(
  docker: Docker,
  container: string,
  spec: ContainerSpec,
): Promise<string[]> {
  if (spec.createdFolders.length === 0 || spec.owner.uid === 0) return [];
  const added = new Set(await docker.addedPaths(container));
  return spec.createdFolders.filter((path) => added.has(path));
}
