import { describe, expect, it } from 'vitest';
import { formatAge, formatBytes, formatDuration } from '../../cli/src/ui/format.ts';
import { LineSplitter } from '../../cli/src/ui/line-splitter.ts';

describe('numbers for people', () => {
  it.each([
    [-5, '0.0s'],
    [449, '0.4s'],
    [59_949, '59.9s'],
    [60_000, '1m 00s'],
    [3_599_999, '59m 59s'],
    [3_600_000, '1h 00m'],
    [90_000_000, '25h 00m'],
  ])('a duration of %i ms is %s', (milliseconds, expected) => {
    expect(formatDuration(milliseconds)).toBe(expected);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [45_200_000, '45.2 MB'],
    [3e15, '3000.0 TB'],
  ])('%i bytes are %s', (bytes, expected) => {
    expect(formatBytes(bytes)).toBe(expected);
  });

  it.each([
    ['2030-01-01T11:59:30Z', 'under a minute'],
    ['2030-01-01T11:58:59Z', '1 minute'],
    ['2030-01-01T09:00:00Z', '3 hours'],
    ['2029-12-30T12:00:00Z', '2 days'],
    ['2031-01-01T00:00:00Z', 'under a minute'],
  ])('the age of %s is %s', (time, expected) => {
    expect(formatAge(time, Date.parse('2030-01-01T12:00:00Z'))).toBe(expected);
  });
});

describe('cutting output into lines', () => {
  it('gives the same lines however the chunks fall', () => {
    const text = 'one\r\ntwo\n\n10%\r20%\rdone\nrest';
    for (let size = 1; size <= text.length; size++) {
      const splitter = new LineSplitter();
      const lines: string[] = [];
      for (let at = 0; at < text.length; at += size) {
        lines.push(...splitter.push(text.slice(at, at + size)));
      }
      expect([...lines, ...splitter.flush()]).toEqual(['one', 'two', '', 'done', 'rest']);
    }
  });
});
