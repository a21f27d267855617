import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTime } from './cpu-time.ts';
import { parseEnvFile } from '../../cli/src/config/parse-env-file.ts';

const read = (text: string) => {
  const { variables, problems } = parseEnvFile(text, (name) =>
    name === 'OUTSIDE' ? 'outside' : undefined,
  );
  return { variables: Object.fromEntries(variables), problems };
};

describe('parseEnvFile', { timeout: 60_000 }, () => {
  it.each([
    ['A=1\nB=2', { A: '1', B: '2' }],
    ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['# comment\n\n  export A = b  # comment', { A: 'b' }],
    ['A=b#c', { A: 'b#c' }],
    ['A=\nB=', { A: '', B: '' }],
    ['A=#c', { A: '' }],
    ['A=x=y', { A: 'x=y' }],
    ["A='$X \\n #'", { A: '$X \\n #' }],
    ['A="a\\nb\\t\\"c\\" \\\\ \\$X #"', { A: 'a\nb\t"c" \\ $X #' }],
    ['A="two\nlines"\nB=1', { A: 'two\nlines', B: '1' }],
    ['A=1\nB=${A}$OUTSIDE${C:-d}', { A: '1', B: '1outsided' }],
    ['OUTSIDE\nGONE\nA=1', { OUTSIDE: 'outside', A: '1' }],
    ['A=1\nA=2', { A: '2' }],
    ['A="quoted"  # comment', { A: 'quoted' }],
  ])('reads %j', (text, variables) => {
    expect(read(text)).toEqual({ variables, problems: [] });
  });

  it.each([
    ['A=1\nnonsense here\nB=2', [{ line: 2, message: 'this is no NAME=value' }]],
    ['A="x\nB=1', [{ line: 1, message: 'the closing quote of A is missing' }]],
    ['__proto__=1', [{ line: 1, message: '__proto__ cannot be a variable' }]],
    ['A="x\ny"\n?', [{ line: 3, message: 'this is no NAME=value' }]],
  ])('says what is wrong with %j', (text, problems) => {
    expect(read(text).problems).toEqual(problems);
  });

  it('repeats nothing of a value that was not meant to hold a variable', () => {
    const { problems } = read('PASSWORD=abc$hunter2\nOTHER=${hunter2\nTHIRD=${hunter2?hunter2}');
    expect(problems).toHaveLength(3);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('gives back any single-quoted value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const plain = value.replace(/['\r]/g, '');
        expect(read(`A='${plain}'`)).toEqual({ variables: { A: plain }, problems: [] });
      }),
    );
  });

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      'A',
      '=',
      '"',
      "'",
      '\\',
      '\n',
      '$',
      '{',
      '}',
      '#',
      ' ',
      'export ',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 200 }), (text) => {
        expect(() => read(text.join(''))).not.toThrow();
      }),
    );
  });

  it.each(['A=1\n', 'A="', "A='", '"', 'A=$B\n', 'x y\n', '\n'])(
    'is quick with 256 KiB of %j',
    async (piece) => {
      const text = piece.repeat((256 * 1024) / piece.length);
      expect(await cpuTime(() => read(text))).toBeLessThan(1000);
    },
  );
});
