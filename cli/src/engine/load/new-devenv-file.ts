import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { proposeDevenvYaml } from '../../config/detect.ts';
import { DevenvError } from '../../errors.ts';

/** Bytes; a manifest is never larger, and only manifests are looked into. */
const largestManifest = 1_000_000;

/**
 * The text for a new devenv file, from what lies beside it. Fails with `file_exists` where the
 * project has one under the other spelling, or another tool's under this one.
 */
export async function proposeForFile(file: string): Promise<string> {
  const folder = dirname(file);
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new DevenvError('project_not_found', `${folder} is not a folder that can be read.`, {
      cause,
    });
  });
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  if (/^devenv\.ya?ml$/.test(basename(file))) refuseRivals(folder, names);
  const devcontainer = '.devcontainer/devcontainer.json';
  if (await isFile(join(folder, devcontainer))) names.push(devcontainer);
  const files = names.map(async (name) => ({ name, text: await textOf(join(folder, name)) }));
  return proposeDevenvYaml(await Promise.all(files), basename(folder));
}

function refuseRivals(folder: string, names: string[]): void {
  const own = names.find((name) => /^devenv\.ya?ml$/.test(name));
  if (own !== undefined) throw existsAlready(join(folder, own));
  if (!names.includes('devenv.nix')) return;
  const message = `${join(folder, 'devenv.nix')} belongs to another tool (devenv.sh, for Nix) that reads devenv.yaml too.`;
  throw new DevenvError('file_exists', message, {
    hint: 'Give the file another name: devenv init -f container.yaml, and the same -f later.',
  });
}

/** Writes a file that must not be there yet. Fails with `file_exists`. */
export async function writeNewFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw existsAlready(path);
  }
}

function existsAlready(path: string): DevenvError {
  return new DevenvError('file_exists', `${path} exists already; it was left as it is.`, {
    hint: 'Change it by hand, or move it away and run "devenv init" again.',
  });
}

/** Whether git is told to leave a file out, by a .gitignore that names it. */
export async function isIgnored(folder: string, name: string): Promise<boolean> {
  const text = await textOf(join(folder, '.gitignore'));
  return (text ?? '').split('\n').some((line) => line.trim().replace(/^\//, '') === name);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
}

async function textOf(path: string): Promise<string | undefined> {
  const facts = await stat(path).catch(() => undefined);
  // A FIFO would block; a file that cannot be read proposes nothing.
  if (facts === undefined || !facts.isFile() || facts.size > largestManifest) return undefined;
  return readFile(path, 'utf8').catch(() => undefined);
}
