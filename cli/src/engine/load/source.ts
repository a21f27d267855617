import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { SourceFacts } from '../../plan/world.ts';

/**
 * Finds the folder to mount for a project, and the git folders it needs beside it, by the rules
 * of gitrepository-layout(5) and without starting git.
 *
 * A project in a subfolder of a repository gets the whole repository, else git would not work
 * inside; but never the person's home or a folder above it, which may be a repository for
 * dotfiles. In a worktree or a submodule `.git` is a file that names a folder elsewhere.
 */
export async function findSource(
  root: string,
  home: string,
): Promise<Pick<SourceFacts, 'mount' | 'gitFolders'>> {
  const repository = await findRepository(root);
  if (repository === undefined) return { mount: root, gitFolders: [] };
  const realHome = await realpath(home).catch(() => home);
  const mount = holds(repository.top, realHome) && repository.top !== root ? root : repository.top;
  const gitFolders = repository.folders.filter((folder) => !holds(mount, folder));
  return { mount, gitFolders: outermost(gitFolders) };
}

interface Repository {
  /** The folder with the `.git` in it. */
  top: string;
  /** The git folder, and the common git folder it shares with other worktrees. */
  folders: string[];
}

async function findRepository(root: string): Promise<Repository | undefined> {
  for (let folder = root; ; folder = dirname(folder)) {
    const folders = await gitFolders(join(folder, '.git'));
    if (folders !== undefined) return { top: folder, folders };
    if (folder === dirname(folder)) return undefined;
  }
}

async function gitFolders(path: string): Promise<string[] | undefined> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) return undefined;
  if (facts.isDirectory()) return [await realpath(path)];
  if (!facts.isFile() || facts.size > 4096) return undefined;
  const pointer = /^gitdir: (.+)$/m.exec(await readFile(path, 'utf8'))?.[1];
  if (pointer === undefined) return undefined;
  const own = await realpath(resolve(dirname(path), pointer)).catch(() => undefined);
  if (own === undefined) return [];
  const common = await readFile(join(own, 'commondir'), 'utf8').catch(() => undefined);
  return common === undefined ? [own] : [own, await realpath(resolve(own, common.trim()))];
}

function holds(folder: string, path: string): boolean {
  const rest = relative(folder, path);
  return rest !== '..' && !rest.startsWith(`..${sep}`) && !isAbsolute(rest);
}

function outermost(folders: string[]): string[] {
  return folders.filter(
    (folder) => !folders.some((other) => other !== folder && holds(other, folder)),
  );
}

/** Hash of the text that an image is built from: a cheap first look at whether it has changed. */
export async function hashDockerfile({ image }: Config): Promise<string | undefined> {
  if (image.kind !== 'build') return undefined;
  try {
    return createHash('sha256')
      .update(await readFile(image.dockerfile))
      .digest('hex')
      .slice(0, 16);
  } catch {
    // A Dockerfile that is gone stops the next build, not the next session.
    return 'unreadable';
  }
}
