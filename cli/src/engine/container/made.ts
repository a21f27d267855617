import type { Docker } from '../docker.ts';
import { readMade, writeMade, type WorkspaceFolder } from '../host/workspace-folder.ts';

/**
 * Runs what a new container does again by itself, a hook say, and notes what it has changed: that
 * is no loss when the container goes. The first one counts for all that is there after it.
 */
export async function noteMade<T>(
  docker: Docker,
  folder: WorkspaceFolder,
  containerId: string,
  run: () => Promise<T>,
): Promise<T> {
  const noted = await readMade(folder, containerId);
  const before = noted === undefined ? [] : await changedPaths(docker, containerId);
  const result = await run();
  const known = new Set(before);
  const after = await changedPaths(docker, containerId);
  const paths = new Set([...(noted ?? []), ...after.filter((path) => !known.has(path))]);
  await writeMade(folder, { containerId, paths: [...paths] });
  return result;
}

async function changedPaths(docker: Docker, containerId: string): Promise<string[]> {
  const changes = await docker.changes(containerId);
  return changes.filter(({ kind }) => kind !== 'deleted').map(({ path }) => path);
}
