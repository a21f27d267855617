import { describe, expect, it } from 'vitest';
import { lineDifference } from '../../cli/src/ui/line-difference.ts';

describe('the difference of two texts', () => {
  it.each<[string, string, string[]]>([
    ['', '', []],
    ['a\n', 'a\n', ['  a']],
    ['', 'a\nb\n', ['+ a', '+ b']],
    ['a\nb\n', '', ['- a', '- b']],
    ['a\nb\nc\n', 'a\nx\nc\n', ['  a', '- b', '+ x', '  c']],
    ['a\na\n', 'a\n', ['  a', '- a']],
    ['a\n', 'a\na\n', ['  a', '+ a']],
    ['a\nb', 'b\n', ['- a', '  b']],
  ])('of %j and %j', (before, after, lines) => {
    expect(lineDifference(before, after)).toEqual(lines);
  });
});
