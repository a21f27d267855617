import { describe, expect, it } from 'vitest';
import { wantsColor } from '../../cli/src/ui/output.ts';
import { resolveProgressStyle } from '../../cli/src/ui/progress-style.ts';
import { FakeOutput } from './fake-output.ts';

const terminal = new FakeOutput({ columns: 80, rows: 24 });
const pipe = new FakeOutput();

describe('colours', () => {
  it.each([
    ['a terminal', terminal, {}, true],
    ['a pipe', pipe, {}, false],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
    ['a terminal with NO_COLOR', terminal, { NO_COLOR: '1' }, false],
    ['a terminal with an empty NO_COLOR', terminal, { NO_COLOR: '' }, true],
    ['a pipe with FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, true],
    ['a terminal with FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
    ['a terminal with both', terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ])('on %s', (_name, stream, environment, expected) => {
    expect(wantsColor(stream, environment)).toBe(expected);
  });
});

describe('progress style auto', () => {
  it.each([
    ['a terminal', terminal, {}, 'tty'],
    ['a pipe', pipe, {}, 'plain'],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, 'plain'],
  ])('on %s', (_name, stderr, environment, expected) => {
    expect(resolveProgressStyle('auto', stderr, environment)).toBe(expected);
  });

  it('gives way to what was asked for', () => {
    expect(resolveProgressStyle('json', terminal, {})).toBe('json');
  });

  it('shows lines on a terminal without a size, where nothing can be drawn', () => {
    for (const size of [
      { columns: 0, rows: 0 },
      { columns: 80, rows: 0 },
    ]) {
      expect(resolveProgressStyle('auto', new FakeOutput(size), {})).toBe('plain');
      expect(resolveProgressStyle('tty', new FakeOutput(size), {})).toBe('plain');
    }
  });
});
