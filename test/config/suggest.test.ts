import { describe, expect, it } from 'vitest';
import { suggest } from '../../cli/src/config/suggest.ts';

const known = ['image', 'mem_limit', 'ports', 'volumes', 'cap_add', 'cap_drop'];

describe('suggest', () => {
  it.each([
    ['imgae', 'image'],
    ['img', undefined],
    ['images', 'image'],
    ['IMAGE', 'image'],
    ['memLimit', 'mem_limit'],
    ['mem-limits', 'mem_limit'],
    ['port', 'ports'],
    ['volume', 'volumes'],
    ['cap_ad', 'cap_add'],
    ['zzz', undefined],
    ['', undefined],
    ['image'.repeat(100_000), undefined],
  ])('takes %j for %j', (word, meant) => {
    expect(suggest(word, known)).toBe(meant);
  });
});
