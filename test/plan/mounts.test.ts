import { describe, expect, it } from 'vitest';
import type { Config } from '../../cli/src/config/config.ts';
import { planMounts } from '../../cli/src/plan/mounts.ts';
import type { SourceFacts } from '../../cli/src/plan/world.ts';
import { aConfig, aWorld } from './fixtures.ts';

const account = { uid: 1000, gid: 1000, name: 'ann', home: '/home/ann', shell: '/bin/sh' };

function mounts(config: Partial<Config> = {}, source: Partial<SourceFacts> = {}) {
  const plan = planMounts({
    config: aConfig(config),
    caller: aWorld().caller,
    account,
    source: { ...aWorld().source, ...source },
    id: '5acb334c',
    runFolder: '/state/run',
  });
  return { ...plan, text: plan.mounts.map(({ source, target }) => `${source} -> ${target}`) };
}

describe('mounts', () => {
  it('put the source at its own path, and the home in a volume', () => {
    expect(mounts().text).toEqual([
      '/home/ann/shop -> /home/ann/shop',
      '/state/run -> /run/devenv',
      'devenv-5acb334c-home -> /home/ann',
    ]);
  });

  it('put the project where the file says', () => {
    const at = mounts({ workspace: '/srv/shop' }, { mount: '/home/ann' });
    expect(at.text[0]).toBe('/home/ann/shop -> /srv/shop');
  });

  it('bring the whole repository for a project in a subfolder', () => {
    expect(mounts({}, { mount: '/home/ann' }).text[0]).toBe('/home/ann -> /home/ann');
  });

  it('bring the git folder of a worktree at its own path', () => {
    expect(mounts({}, { gitFolders: ['/home/ann/main/.git'] }).text[1]).toBe(
      '/home/ann/main/.git -> /home/ann/main/.git',
    );
  });

  it.each([
    ['project', 'devenv-5acb334c-home -> /home/ann'],
    ['user', 'devenv-uid1000-home -> /home/ann'],
    ['host', '/home/ann -> /home/ann'],
  ] as const)('with home: %s use %s', (home, expected) => {
    expect(mounts({ home }).text).toContain(expected);
  });

  it('with home: none use no volume', () => {
    expect(mounts({ home: 'none' }).volumes).toEqual([]);
  });

  it('leave the home to the source when the project is the home', () => {
    const config = aConfig();
    const project = { ...config.project, root: '/home/ann' };
    const all = mounts({ project, workspace: '/home/ann' }, { mount: '/home/ann' });
    expect(all.text.filter((line) => line.endsWith('-> /home/ann'))).toEqual([
      '/home/ann -> /home/ann',
    ]);
  });

  it('resolve caches against the project and the home', () => {
    expect(mounts({ caches: ['node_modules', '~/.npm', '/var/cache/x'] }).volumes).toMatchObject([
      { role: 'home', target: '/home/ann' },
      { role: 'cache', target: '/home/ann/shop/node_modules' },
      { role: 'cache', target: '/home/ann/.npm' },
      { role: 'cache', target: '/var/cache/x' },
    ]);
  });
});

describe('the folders that mounting creates', () => {
  it('are made on the host by the caller where they lie in the source', () => {
    expect(mounts({ caches: ['web/node_modules'] }).hostFolders).toEqual([
      '/home/ann/shop/web/node_modules',
    ]);
  });

  it('belong to the caller in the home volume and in the volumes themselves', () => {
    const project = { ...aConfig().project, root: '/home/ann/src/shop' };
    const all = mounts(
      { project, workspace: '/home/ann/src/shop', caches: ['node_modules', '~/.cache/npm'] },
      { mount: '/home/ann/src/shop' },
    );
    expect(all.ownedFolders).toEqual([
      '/home/ann',
      '/home/ann/.cache',
      '/home/ann/.cache/npm',
      '/home/ann/src',
      '/home/ann/src/shop/node_modules',
    ]);
  });

  it('are only candidates in the container, where the image may have them itself', () => {
    const all = mounts({ home: 'none', caches: ['/opt/cache/x'] });
    expect(all.createdFolders).toEqual(['/home', '/home/ann', '/opt', '/opt/cache', '/run']);
  });

  it('never include a folder of the host', () => {
    const all = mounts({ home: 'host', caches: ['~/.npm', 'node_modules'] });
    expect(all.ownedFolders).toEqual(['/home/ann/.npm', '/home/ann/shop/node_modules']);
    expect(all.createdFolders).toEqual(['/home', '/run']);
  });
});
