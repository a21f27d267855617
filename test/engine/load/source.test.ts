import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { findSource } from '../../../cli/src/engine/load/source.ts';
import { testFolder } from '../../support/temp-folder.ts';

let base: string;

beforeEach(async () => {
  base = await testFolder();
});

function git(folder: string, ...args: string[]): void {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
  const files = ['-c', 'protocol.file.allow=always'];
  execFileSync('git', [...identity, ...files, ...args], { cwd: folder, stdio: 'pipe' });
}

async function repository(name: string): Promise<string> {
  const folder = join(base, name);
  await mkdir(folder);
  git(folder, 'init', '-q');
  await writeFile(join(folder, 'file'), 'x');
  git(folder, 'add', '.');
  git(folder, 'commit', '-qm', 'first');
  return folder;
}

describe('the source to mount', () => {
  it('is the folder alone where there is no repository', async () => {
    expect(await findSource(base, '/home/nobody')).toEqual({ mount: base, gitFolders: [] });
  });

  it('is the repository, which has its git folder in it', async () => {
    const shop = await repository('shop');
    expect(await findSource(shop, '/home/nobody')).toEqual({ mount: shop, gitFolders: [] });
  });

  it('is the whole repository for a project in a subfolder', async () => {
    const shop = await repository('shop');
    const web = join(shop, 'apps/web');
    await mkdir(web, { recursive: true });
    expect((await findSource(web, '/home/nobody')).mount).toBe(shop);
  });

  it('is never the home with everything in it', async () => {
    const home = await repository('home');
    const project = join(home, 'src/shop');
    await mkdir(project, { recursive: true });
    expect(await findSource(project, home)).toEqual({
      mount: project,
      gitFolders: [join(home, '.git')],
    });
  });

  it('is a worktree together with the common git folder', async () => {
    const shop = await repository('shop');
    git(shop, 'worktree', 'add', '-q', '../feature');
    expect(await findSource(join(base, 'feature'), '/home/nobody')).toEqual({
      mount: join(base, 'feature'),
      gitFolders: [join(shop, '.git')],
    });
  });

  it('is a submodule together with its git folder in the repository above', async () => {
    await repository('library');
    const shop = await repository('shop');
    git(shop, 'submodule', '--quiet', 'add', '../library', 'lib');
    expect(await findSource(join(shop, 'lib'), '/home/nobody')).toEqual({
      mount: join(shop, 'lib'),
      gitFolders: [join(shop, '.git/modules/lib')],
    });
  });

  it('is the folder alone where .git points nowhere', async () => {
    await writeFile(join(base, '.git'), 'gitdir: /nowhere/at/all\n');
    expect(await findSource(base, '/home/nobody')).toEqual({ mount: base, gitFolders: [] });
  });
});
