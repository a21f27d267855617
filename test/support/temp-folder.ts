import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { removeWorkspacesBelow } from './remove-workspaces.ts';

/** Text by path; a path that ends in .sh becomes executable. */
export type Files = Record<string, string>;

/**
 * A folder for the running test: its real path, open to other users of the machine. When the test
 * is over it goes, with every workspace of a project inside it.
 */
export async function testFolder(files: Files = {}): Promise<string> {
  const folder = await makeTempFolder(files);
  onTestFinished(() => removeTempFolder(folder));
  return folder;
}

/** The same for a whole suite: to be called in beforeAll, with removeTempFolder in afterAll. */
export async function makeTempFolder(files: Files = {}): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'devenv-test-')));
  await chmod(folder, 0o755);
  await writeFiles(folder, files);
  return folder;
}

export async function removeTempFolder(folder: string): Promise<void> {
  if (process.env.DEVENV_TEST_HOST) await removeWorkspacesBelow(folder);
  await rm(folder, { recursive: true, force: true });
}

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { mode: path.endsWith('.sh') ? 0o755 : 0o644 });
  }
}
