import { describe, expect, it } from 'vitest';
import { readWatchRule } from '../../cli/src/plan/watch-rule.ts';
import {
  isEditorsOwn,
  isInput,
  isWatched,
  outermost,
  quietTime,
  reachesBelow,
  startingFolders,
  type Watched,
} from '../../cli/src/plan/watched.ts';

const rule = { path: 'conf/*.ini', action: 'restart', run: undefined } as const;
const watched: Watched = {
  paths: ['/p/devenv.yaml', '/p/docker/Dockerfile', '/home/me/.config/devenv/config.yaml'],
  context: {
    root: '/p/docker',
    sources: ['app', 'lib/*.so'],
    ignores: (path) => path.startsWith('app/logs'),
    mayKeepBelow: (path) => path === 'app/logs',
  },
  rules: [readWatchRule(rule, '/p')],
};

describe('what is watched', () => {
  it.each([
    ['/p/devenv.yaml', true],
    ['/p/README.md', false],
    ['/p', true],
    ['/p/docker', true],
    ['/p/docker/Dockerfile', true],
    ['/p/docker/app', true],
    ['/p/docker/app/deep/main.go', true],
    ['/p/docker/app/logs/today', false],
    ['/p/docker/lib/a.so', true],
    ['/p/docker/lib/a.c', false],
    ['/p/docker/other', false],
    ['/p/conf/a.ini', false],
    ['/home/me/.config', true],
    ['/home/me/.cache', false],
  ])('as an input of the workspace: %s is %s', (path, expected) => {
    expect(isInput(watched, path)).toBe(expected);
  });

  it('is also what rules are about', () => {
    expect(isWatched(watched, '/p/conf/a.ini')).toBe(true);
    expect(isWatched(watched, '/p/conf')).toBe(true);
    expect(isWatched(watched, '/p/conf/a.txt')).toBe(false);
  });

  it.each([
    ['/p', true],
    ['/p/docker', true],
    ['/p/docker/app/deep', true],
    ['/p/docker/app/logs', true],
    ['/p/docker/app/logs/old', false],
    ['/p/docker/lib', true],
    ['/p/docker/node_modules', false],
    ['/p/conf', true],
    ['/p/src', false],
    ['/home/me', true],
    ['/home/me/mail', false],
  ])('may lie below a folder: %s %s', (folder, expected) => {
    expect(reachesBelow(watched, folder)).toBe(expected);
  });

  it('is not the whole tree where nothing is copied', () => {
    const little = { ...watched, context: undefined, rules: [] };
    expect(reachesBelow(little, '/p/docker/app')).toBe(false);
    expect(isInput(little, '/p/docker/app/main.go')).toBe(false);
  });

  it('is begun at as few folders as can be', () => {
    const folders = startingFolders(watched, '/p');
    expect(outermost(folders).sort()).toEqual(['/home/me/.config/devenv', '/p']);
  });
});

describe('a batch of changes', () => {
  it.each(['/p/.app.ts.swp', '/p/app.ts~', '/p/4913', '/p/.#app.ts', '/p/a.py___jb_tmp___'])(
    'has no place for an editor’s own %s',
    (path) => {
      expect(isEditorsOwn(path)).toBe(true);
    },
  );

  it.each(['/p/app.ts', '/p/49130', '/p/.env', '/p/a#b', '/p/~/a'])('has one for %s', (path) => {
    expect(isEditorsOwn(path)).toBe(false);
  });

  it('is whole soon after one save, and later where a checkout may be going on', () => {
    expect(quietTime(1)).toBeLessThan(100);
    expect(quietTime(1_000)).toBeGreaterThan(300);
  });
});
