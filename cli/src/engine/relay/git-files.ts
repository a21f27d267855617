import { randomBytes } from 'node:crypto';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { gitConfigText } from './git-config.ts';
import { gitHelperName, gitHelperScript } from './git-helper.ts';
import { hostGitIdentity } from './host-git.ts';

/** The configuration's file name in the run folder. */
export const gitConfigName = 'gitconfig';

/** Milliseconds after which the host's git is asked again: its files may include others. */
const freshness = 3_600_000;

/**
 * Writes what git inside needs into the run folder: the person's name and address, and the helper.
 * Asking git takes a process, so that it is done anew only when its own files have changed.
 *
 * @param helper Value of credential.helper; undefined for none.
 */
export async function writeGitFiles(folder: string, helper: string | undefined): Promise<void> {
  await Promise.all([
    writeGitConfig(join(folder, gitConfigName), helper),
    helper === undefined ? undefined : writeIfChanged(join(folder, gitHelperName), gitHelperScript),
  ]);
}

async function writeGitConfig(path: string, helper: string | undefined): Promise<void> {
  if (await isFresh(path)) return;
  await write(path, gitConfigText({ ...(await hostGitIdentity()), helper }));
}

async function isFresh(path: string): Promise<boolean> {
  const xdg = process.env.XDG_CONFIG_HOME || join(homedir(), '.config');
  const sources = [join(homedir(), '.gitconfig'), join(xdg, 'git/config')];
  const [own, ...others] = await Promise.all([path, ...sources].map(modifiedAt));
  return own! > Date.now() - freshness && others.every((other) => other < own!);
}

/** Milliseconds since 1970; 0 for what does not exist. */
async function modifiedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

async function writeIfChanged(path: string, text: string): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => undefined);
  if (before !== text) await write(path, text);
}

/** By way of a draft, since other sessions may be reading it. */
async function write(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, text, { mode: 0o644 });
  await rename(draft, path);
}
