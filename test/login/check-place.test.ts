import { chmod, chown, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { checkPlace } from '../../cli/src/login/check-place.ts';
import type { Person } from '../../cli/src/login/person.ts';
import { itUnless } from '../support/it-unless.ts';

const notRoot = process.getuid?.() === 0 ? undefined : 'it needs root';
const ann: Person = {
  uid: 34_567,
  gid: 34_567,
  name: 'ann',
  home: '/srv/ann',
  platform: 'linux',
  groups: [],
};

describe('a repository of somebody’s', () => {
  const it = itUnless(notRoot);
  // Everybody may write to the usual folder for tests.
  const top = `/srv/devenv-test-places-${process.pid}`;
  const own = join(top, 'ann');
  const shop = join(own, 'shop');

  beforeAll(async () => {
    if (notRoot !== undefined) return;
    await mkdir(shop, { recursive: true });
    for (const path of [own, shop]) await chown(path, ann.uid, ann.gid);
    await mkdir(join(top, 'bob'), { recursive: true });
    await chown(join(top, 'bob'), 34_568, 34_568);
  });
  afterAll(() => rm(top, { recursive: true, force: true }));

  const problemOf = async (path: string) => (await checkPlace(path, ann)).problem;

  it('is known by its device and inode', async () => {
    expect(await checkPlace(shop, ann)).toEqual({
      path: shop,
      realPath: shop,
      problem: undefined,
      checked: {
        path: shop,
        device: expect.stringMatching(/^\d+$/) as string,
        inode: expect.stringMatching(/^\d+$/) as string,
      },
    });
    expect(await problemOf(join(own, 'nowhere'))).toBe('does not exist');
  });

  it('is what a link leads to', async () => {
    await symlink('/etc', join(own, 'link'));
    const { realPath, problem } = await checkPlace(join(own, 'link'), ann);
    expect([realPath, problem]).toEqual(['/etc', 'belongs to uid 0']);
  });

  it('is the person’s own, and so are the folders around it, or root’s', async () => {
    const foreign = join(top, 'bob');
    expect(await problemOf(foreign)).toBe('belongs to uid 34568');
    const inside = join(foreign, 'of-ann');
    await mkdir(inside);
    await chown(inside, ann.uid, ann.gid);
    expect(await problemOf(inside)).toContain('belongs to uid 34568');
    const roots = join(own, 'of-root');
    await mkdir(roots);
    expect(await problemOf(roots)).toBe('belongs to uid 0');
  });

  it('is writable by nobody else', async () => {
    const open = join(own, 'open');
    await mkdir(open);
    await chown(open, ann.uid, ann.gid);
    await chmod(open, 0o777);
    expect(await problemOf(open)).toBe('is writable by others');
    const below = join(open, 'below');
    await mkdir(below);
    await chown(below, ann.uid, ann.gid);
    expect(await problemOf(below)).toContain('which is writable by others');
    await chmod(open, 0o775);
    expect(await problemOf(open)).toBe('is writable by others');
    await chmod(open, 0o755);
    expect(await problemOf(below)).toBeUndefined();
  });

  it('may be a file', async () => {
    await writeFile(join(shop, 'Dockerfile'), '');
    await chown(join(shop, 'Dockerfile'), ann.uid, ann.gid);
    expect(await problemOf(join(shop, 'Dockerfile'))).toBeUndefined();
  });
});
