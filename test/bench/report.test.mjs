import { describe, expect, it } from 'vitest';
import { measure } from './measure.mjs';
import { formatResults, median, summarize, summarizeLatency } from './report.mjs';

const scenario = {
  title: 'A command',
  aims: [{ contender: 'devenv exec', of: 'docker exec', atMost: 2.2 }],
};

describe('the report of the bench', () => {
  it('takes the middle value, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 1, 9, 2])).toBe(5.5);
  });

  it('holds an aim up to its limit, and says by how much it is missed', () => {
    const atLimit = summarize(scenario, { 'devenv exec': [220], 'docker exec': [100] });
    expect(atLimit.aims).toMatchObject([{ holds: true }]);
    const above = summarize(scenario, { 'devenv exec': [1, 230, 900], 'docker exec': [100] });
    expect(above.aims).toMatchObject([{ holds: false, ratio: 2.3 }]);
    expect(formatResults([above])).toContain('MISSED devenv exec is 2.30 × docker exec, aim ≤ 2.2');
  });
});

it('the report of a latency holds what is neither build nor engine against its aim', () => {
  const round = { total: 1500, build: 550, notice: 100, swap: 850, engine: 600 };
  const latency = summarizeLatency('Watching', [round, round, { ...round, total: 5000 }]);
  expect(latency.medians).toMatchObject({
    'all of it': 1500,
    'the build': 550,
    'create, stop, start': 600,
    'the rest, devenv’s own': 350,
  });
  expect(latency.aims).toMatchObject([{ holds: false, ratio: 350 / 300 }]);
  expect(summarizeLatency('Watching', [{ ...round, total: 1450 }]).aims[0].holds).toBe(true);
});

describe('measure', () => {
  it('runs the contenders in turn, and one round more than it counts', () => {
    const order = [];
    const contender = (name) => ({
      name,
      command: [process.execPath, '--version'],
      before: () => order.push(name),
    });
    const times = measure([contender('a'), contender('b')], 2);
    expect(order.join('')).toBe('ababab');
    expect(Object.values(times).map((each) => each.length)).toEqual([2, 2]);
  });

  it('stops at a command that fails', () => {
    const failing = { name: 'x', command: [process.execPath, '-e', 'process.exit(3)'] };
    expect(() => measure([failing], 1)).toThrow('x ended with 3');
  });
});
