import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolders } from '../../cli/src/login/make-folders.ts';
import { testFolder } from '../support/temp-folder.ts';

it('makes a folder with those above it, and leaves one that is there', async () => {
  const folder = await testFolder();
  const path = join(folder, 'a/b/c');
  await makeFolders(path, 0o750);
  expect((await stat(path)).mode & 0o777).toBe(0o750);
  await makeFolders(path, 0o700);
  expect((await stat(path)).mode & 0o777).toBe(0o750);
});

it.each(['/proc/absent', '/proc/absent/below', '/dev/null/below'])(
  'fails at once where nothing can be made: %s',
  async (path) => {
    await expect(makeFolders(path, 0o750)).rejects.toThrow(/cannot be made|ENOTDIR/);
  },
  2_000,
);
