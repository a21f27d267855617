import { describe, expect, it } from 'vitest';
import type { Plan } from '../../cli/src/plan/plan.ts';
import {
  addWork,
  afterIntent,
  causes,
  changedVariable,
  nextIntent,
  noWork,
  triesAgain,
} from '../../cli/src/plan/watch-work.ts';

const plan = (...steps: Plan['steps']): Plan => ({ steps, notices: [], question: undefined });
const starting = plan({ do: 'start-container', container: 'c', reason: 'it is new' });

describe('what is to be done', () => {
  const all = { ...noWork, inputs: ['/p/i'], rebuild: ['/p/b'], restart: ['/p/r'] };

  it('is a rebuild before an up before a restart', () => {
    expect(nextIntent(all)).toEqual({ kind: 'rebuild', noCache: false, pull: false });
    expect(nextIntent({ ...all, rebuild: [] })).toEqual({ kind: 'up' });
    expect(nextIntent({ ...all, rebuild: [], inputs: [] })).toEqual({ kind: 'restart' });
    expect(nextIntent({ ...noWork, runs: [] })).toBeUndefined();
  });

  it('is what has failed, once more, after changes of what the workspace is made from', () => {
    const runs = [{ command: { kind: 'shell', script: 'x' } as const, paths: ['/p/a'] }];
    expect(triesAgain({ ...noWork, runs, restart: ['/p/r'] })).toBe(false);
    expect(triesAgain({ ...noWork, inputs: ['/p/i'] })).toBe(true);
    expect(triesAgain({ ...noWork, rebuild: ['/p/b'] })).toBe(true);
  });

  it('is one thing where one makes the other needless', () => {
    const rebuild = { kind: 'rebuild', noCache: false, pull: false } as const;
    expect(afterIntent(all, rebuild, starting)).toEqual(noWork);
    expect(causes(all, rebuild)).toEqual(['/p/b', '/p/i']);
  });

  it('is still a restart after an up that had nothing to do', () => {
    const work = { ...all, rebuild: [] };
    expect(afterIntent(work, { kind: 'up' }, plan())).toEqual({ ...noWork, restart: ['/p/r'] });
    expect(afterIntent(work, { kind: 'up' }, starting)).toEqual(noWork);
  });

  it('names each path and each command once, whatever comes how often', () => {
    const command = { kind: 'shell', script: 'x' } as const;
    const one = { ...noWork, inputs: ['/p/i'], runs: [{ command, paths: ['/p/a'] }] };
    const more = {
      ...noWork,
      inputs: ['/p/i'],
      runs: [{ command: { ...command }, paths: ['/p/b', '/p/a'] }],
    };
    expect(addWork(one, more)).toEqual({
      ...noWork,
      inputs: ['/p/i'],
      runs: [{ command, paths: ['/p/a', '/p/b'] }],
    });
  });
});

describe('DEVENV_CHANGED', () => {
  it('names paths relative to the project, one a line', () => {
    expect(changedVariable(['/p/a b', '/p/c/d', '/q'], '/p')).toBe('a b\nc/d\n../q');
  });

  it('stays within what the kernel takes for one variable', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `/p/${index}-ä`);
    const value = changedVariable(many, '/p');
    expect(Buffer.byteLength(value)).toBeLessThan(100_000);
    expect(value.split('\n').length).toBeGreaterThan(8_000);
    expect(value.endsWith('-ä')).toBe(true);
  });
});
