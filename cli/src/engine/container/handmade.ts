import { posix } from 'node:path';
import type { Account } from '../../plan/account.ts';
import { changesByHand, summarizeChanges, type Change, type Handmade } from '../../plan/changes.ts';
import { labels } from '../../plan/labels.ts';
import {
  addedDpkgLists,
  apkBooks,
  readApk,
  readDpkg,
  type InstalledPackage,
} from '../../plan/packages.ts';
import type { Docker } from '../docker.ts';
import { readMade, type WorkspaceFolder } from '../host/workspace-folder.ts';
import { readFileFromTar, readTextsFromTar } from './tar.ts';

/**
 * What somebody has put into a container by hand, whether it runs or not. One call to the engine
 * where that is nothing; undefined when the container is gone.
 */
export async function observeHandmade(
  docker: Docker,
  folder: WorkspaceFolder,
  containerId: string,
): Promise<Handmade | undefined> {
  const inspection = await docker.inspectContainer(containerId);
  if (inspection === undefined) return undefined;
  const mounts = (inspection.Mounts ?? []).map(({ Destination }) => Destination);
  const changes = await docker.changes(containerId);
  const noted = (await readMade(folder, containerId)) ?? [];
  const made = [...noted, ...homeOf(inspection.Config.Labels ?? {})];
  const known = { made, mounts };
  const left = changesByHand(changes, known);
  const packages = await readPackages(docker, containerId, left);
  const handmade = summarizeChanges(left, changes, { ...known, packages });
  return { ...handmade, paths: await withoutFolders(docker, containerId, handmade.paths, left) };
}

/** With `home: none`, devenv has made it in the container's own layer. */
function homeOf(found: Record<string, string>): string[] {
  const account = JSON.parse(found[labels.account] ?? '{}') as Partial<Account>;
  return account.home === undefined ? [] : [account.home];
}

async function readPackages(
  docker: Docker,
  container: string,
  left: Change[],
): Promise<InstalledPackage[]> {
  const paths = left.map(({ path }) => path);
  const lists = addedDpkgLists(paths);
  const apk = paths.find((path) => apkBooks.includes(path));
  if (lists.length > 0) {
    const [texts, states] = await Promise.all([
      readTexts(docker, container, '/var/lib/dpkg/info', lists),
      readText(docker, container, '/var/lib/apt/extended_states'),
    ]);
    return readDpkg(texts, states);
  }
  if (apk === undefined) return [];
  const [installed, world] = await Promise.all([
    readText(docker, container, apk),
    readText(docker, container, '/etc/apk/world'),
  ]);
  return readApk(installed, world, paths);
}

/** The whole folder in one call, as there may be hundreds of lists. */
async function readTexts(
  docker: Docker,
  container: string,
  folder: string,
  paths: string[],
): Promise<Record<string, string>> {
  const archive = await docker.getArchive(container, folder);
  if (archive === undefined) return {};
  const names = new Set(paths.map((path) => posix.basename(path)));
  const texts = await readTextsFromTar(archive, (path) => names.has(posix.basename(path)));
  return Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [posix.join(folder, posix.basename(path)), text]),
  );
}

async function readText(docker: Docker, container: string, path: string): Promise<string> {
  const archive = await docker.getArchive(container, path);
  if (archive === undefined) return '';
  return (await readFileFromTar(archive))?.toString() ?? '';
}

/** More than this would not be named anyway. */
const looks = 50;

/**
 * A folder of the image counts as modified when something in it came and went, which is no loss;
 * only the container itself tells it from a file.
 */
async function withoutFolders(
  docker: Docker,
  container: string,
  paths: string[],
  left: Change[],
): Promise<string[]> {
  const modified = left.filter(({ kind }) => kind === 'modified').map(({ path }) => path);
  const unsure = paths.filter((path) => modified.includes(path)).slice(0, looks);
  const areFolders = await Promise.all(
    unsure.map(async (path) => (await docker.stat(container, path))?.folder === true),
  );
  const folders = unsure.filter((_, index) => areFolders[index]);
  return paths.filter((path) => !folders.includes(path));
}
