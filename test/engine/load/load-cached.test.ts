import { chmod, readdir, readFile, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCached } from '../../../cli/src/engine/load/load-cached.ts';
import { testFolder, writeFiles } from '../../support/temp-folder.ts';

async function project(files: Record<string, string>) {
  const home = await testFolder({ 'shop/devenv.yaml': 'image: debian\n', ...files });
  const environment: NodeJS.ProcessEnv = { HOME: home, XDG_CACHE_HOME: join(home, 'cache') };
  const folder = join(home, 'shop');
  const load = (cwd = folder) => loadCached({ cwd, environment, home });
  return { home, folder, environment, load };
}

describe('the cache of loaded files', () => {
  it('gives what loading gives', async () => {
    const { load } = await project({
      'shop/devenv.yaml': 'image: debian\ntasks: {a: make}\nports: [3000]\nidle_stop: 2h\n',
    });
    const first = await load();
    const second = await load();
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    expect(second.config?.tasks.a).toEqual({ kind: 'shell', script: 'make' });
  });

  it('reads nothing again while nothing has changed', async () => {
    const { home, load } = await project({});
    await load();
    const folder = join(home, 'cache/devenv/config');
    const [name = ''] = await readdir(folder);
    const entry = await readFile(join(folder, name), 'utf8');
    await writeFile(join(folder, name), entry.replaceAll('"debian"', '"from-the-cache"'));
    expect((await load()).config?.image).toEqual({ kind: 'image', reference: 'from-the-cache' });
  });

  it.each<[string, Record<string, string>]>([
    ['the devenv file', { 'shop/devenv.yaml': 'image: alpine\n' }],
    ['a devenv.local.yaml', { 'shop/devenv.local.yaml': 'image: alpine\n' }],
    ['.env', { 'shop/.env': 'IMAGE=alpine\n' }],
  ])('notices a change of %s', async (_what, change) => {
    const { home, load } = await project({ 'shop/devenv.yaml': 'image: "${IMAGE:-debian}"\n' });
    expect((await load()).config?.image).toEqual({ kind: 'image', reference: 'debian' });
    await writeFiles(home, change);
    expect((await load()).config?.image).toEqual({ kind: 'image', reference: 'alpine' });
  });

  it('notices a change of a variable', async () => {
    const { home, environment, load } = await project({
      'shop/devenv.yaml': 'image: debian\nname: "a${SUFFIX:-}"\n',
    });
    environment.SUFFIX = 'one';
    expect((await load()).config?.project.name).toBe('aone');
    environment.SUFFIX = 'two';
    expect((await load()).config?.project.name).toBe('atwo');
    expect(await readdir(join(home, 'cache/devenv/config'))).toHaveLength(1);
  });

  it('notices a devenv file that comes to be nearer', async () => {
    const { home, load } = await project({ 'shop/web/file': '' });
    const web = join(home, 'shop/web');
    expect((await load(web)).project.root).toBe(join(home, 'shop'));
    await writeFiles(home, { 'shop/web/devenv.yaml': 'image: alpine\n' });
    expect((await load(web)).project.root).toBe(web);
  });

  it('follows a link that comes to point elsewhere', async () => {
    const { home, load } = await project({ 'other/devenv.yaml': 'image: alpine\n' });
    const link = join(home, 'link');
    await symlink('shop', link);
    expect((await load(link)).project.root).toBe(join(home, 'shop'));
    await symlink('other', join(home, 'new'));
    await rename(join(home, 'new'), link);
    expect((await load(link)).project.root).toBe(join(home, 'other'));
  });

  it('keeps nothing of a file with mistakes, and is none the worse for a broken entry', async () => {
    const { home, folder, load } = await project({ 'shop/devenv.yaml': 'imag: debian\n' });
    expect((await load()).config).toBeUndefined();
    await writeFile(join(folder, 'devenv.yaml'), 'image: debian\n');
    await load();
    const entries = join(home, 'cache/devenv/config');
    const [name = ''] = await readdir(entries);
    await writeFile(join(entries, name), '{"version":');
    expect((await load()).config?.image).toEqual({ kind: 'image', reference: 'debian' });
  });

  it('works where the cache cannot be written', async () => {
    const { home, load } = await project({});
    await writeFile(join(home, 'cache'), 'a file');
    await chmod(join(home, 'cache'), 0o400);
    expect((await load()).config?.image).toEqual({ kind: 'image', reference: 'debian' });
    await unlink(join(home, 'cache'));
  });
});
