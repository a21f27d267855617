import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DevenvError } from '../errors.ts';
import type { Policy } from './policy/policy.ts';

/** Where a person's repositories are, and which one is wanted. */
export interface Wanted {
  named: string | undefined;
  repositories: Policy['repositories'];
  home: string;
  /** Whether the person can be asked which of several. */
  asks: boolean;
}

/**
 * The real path of the repository that somebody wants: the one that is named, or the policy's
 * default. That may be a folder of repositories; `names` are then those to choose from. Looks with
 * the person's own rights, and does not tell whether they may have it. Throws `project_not_found`.
 */
export async function findRepository({
  named,
  repositories: { default: usual, roots },
  home,
  asks,
}: Wanted): Promise<{ folder: string } | { names: string[] }> {
  if (named !== undefined)
    return { folder: await findNamed(named, [...new Set([usual, ...roots])]) };
  if (!(await isFolder(usual))) throw notThere(usual);
  if (await hasFile(usual)) return { folder: await realpath(usual) };
  const names = await repositoriesIn(usual);
  if (names.length > 1 && asks) return { names };
  // A home has repositories in it, and is a place to work in all the same.
  if (usual === home || names.length === 0) return { folder: await realpath(usual) };
  if (names.length > 1) throw several(names);
  return { folder: await realpath(join(usual, names[0]!)) };
}

async function findNamed(named: string, folders: string[]): Promise<string> {
  if (!isName(named)) throw unknown(named, folders);
  for (const folder of folders) {
    const path = join(folder, named);
    if (await isFolder(path)) return realpath(path);
  }
  throw unknown(named, folders);
}

/** A folder's name, or the path of one below another; whatever it is, it leads nowhere else. */
function isName(named: string): boolean {
  const parts = named.split('/');
  return parts.every((part) => !['', '.', '..'].includes(part) && !part.includes('\0'));
}

/** Names of the folders in one that have a devenv file. */
async function repositoriesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  const found = await Promise.all(
    folders.map(async ({ name }) => ((await hasFile(join(folder, name))) ? [name] : [])),
  );
  return found.flat().sort();
}

async function hasFile(folder: string): Promise<boolean> {
  const found = await Promise.all(
    ['devenv.yaml', 'devenv.yml'].map((name) => stat(join(folder, name)).catch(() => undefined)),
  );
  return found.some((facts) => facts !== undefined);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

function notThere(path: string): DevenvError {
  return new DevenvError('project_not_found', `There is no folder ${path} to work in.`, {
    hint: 'Ask the administrator of this host to make it, or name a repository: ssh HOST @NAME',
  });
}

function unknown(named: string, folders: string[]): DevenvError {
  const message = `There is no repository ${named} below ${folders.join(' or ')}.`;
  return new DevenvError('project_not_found', message, {
    hint: 'Name one that is there: ssh HOST @NAME',
  });
}

function several(names: string[]): DevenvError {
  return new DevenvError('project_not_found', 'You have several repositories here.', {
    hint: `Say which: ssh HOST @NAME. They are: ${names.join(', ')}.`,
  });
}
