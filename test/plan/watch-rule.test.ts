import { describe, expect, it } from 'vitest';
import type { WatchRule } from '../../cli/src/config/config.ts';
import { readWatchRule, ruleWork } from '../../cli/src/plan/watch-rule.ts';

const root = '/home/me/[shop]';

const restart = (path: string): WatchRule => ({ path, action: 'restart', run: undefined });
const run = (path: string, script: string): WatchRule => ({
  path,
  action: 'run',
  run: { kind: 'shell', script },
});

describe('the path of a watch rule', () => {
  it.each([
    ['package.json', 'package.json', true],
    ['./package.json', 'package.json', true],
    ['package.json', 'lib/package.json', false],
    ['src', 'src/deep/app.ts', true],
    ['src/', 'src/app.ts', true],
    ['src', 'srcs/app.ts', false],
    ['.', 'anything/at.all', true],
    ['*.ts', 'app.ts', true],
    ['*.ts', 'src/app.ts', false],
    ['**/*.ts', 'src/deep/app.ts', true],
    ['**/*', '.env', true],
    ['src/{a,b}/**', 'src/b/c', true],
    ['../shared/*.json', '../shared/x.json', true],
    ['#notes', '#notes', true],
    ['.', 'node_modules/a/b.js', false],
    ['**', 'lib/.git/HEAD', false],
    ['node_modules/a', 'node_modules/a/b.js', true],
    ['.git/HEAD', '.git/HEAD', true],
  ])('%s, for %s: %s', (path, file, expected) => {
    const matcher = readWatchRule(restart(path), root);
    const absolute = file.startsWith('../') ? `/home/me/${file.slice(3)}` : `${root}/${file}`;
    expect(matcher.matches(absolute)).toBe(expected);
    if (!expected) return;
    const folders = absolute.split('/').slice(1, -1);
    for (const [index] of folders.entries()) {
      const folder = `/${folders.slice(0, index + 1).join('/')}`;
      expect([folder, matcher.reachesBelow(folder)]).toEqual([folder, true]);
    }
  });

  it.each([
    ['src/*.ts', 'src/deep', false],
    ['src', 'test', false],
    ['**/*.ts', 'node_modules', false],
    ['**/*.ts', 'a/b/c', true],
  ])('%s reaches below %s: %s', (path, folder, expected) => {
    expect(readWatchRule(restart(path), root).reachesBelow(`${root}/${folder}`)).toBe(expected);
  });
});

describe('what changed files lead to', () => {
  const matchers = [
    run('**', 'all'),
    run('*.ts', 'types'),
    restart('conf'),
    { path: 'conf/base.ini', action: 'rebuild' as const, run: undefined },
  ].map((rule) => readWatchRule(rule, root));
  const work = (...files: string[]) =>
    ruleWork(
      matchers,
      files.map((file) => `${root}/${file}`),
    );

  it('is the strongest rule about each', () => {
    expect(work('conf/base.ini')).toEqual({
      rebuild: [`${root}/conf/base.ini`],
      restart: [],
      runs: [],
    });
    expect(work('conf/other.ini', 'app.go')).toEqual({
      rebuild: [],
      restart: [`${root}/conf/other.ini`],
      runs: [{ command: { kind: 'shell', script: 'all' }, paths: [`${root}/app.go`] }],
    });
  });

  it('are all the commands about one, in the order of the rules, each once', () => {
    expect(work('a.ts', 'b.ts').runs).toEqual([
      { command: { kind: 'shell', script: 'all' }, paths: [`${root}/a.ts`, `${root}/b.ts`] },
      { command: { kind: 'shell', script: 'types' }, paths: [`${root}/a.ts`, `${root}/b.ts`] },
    ]);
  });
});
