import { expect, it } from 'vitest';
import { patienceAmong } from '../../cli/src/login/patience.ts';

const now = Date.parse('2026-01-01T12:00:00Z');
const since = (seconds: number) => ({ since: new Date(now - seconds * 1000).toISOString() });

it('leaves time for a word within five seconds to somebody who comes alone', () => {
  expect(patienceAmong([since(0)], now)).toBe(2_500);
  expect(patienceAmong([since(0), since(60), since(3600)], now)).toBe(2_500);
});

it('grows with those who come at the same time', () => {
  const fifty = Array.from({ length: 50 }, (_, index) => since(index / 10));
  expect(patienceAmong(fifty, now)).toBe(27_000);
});
