import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTime } from './cpu-time.ts';
import { substitute } from '../../cli/src/config/substitute.ts';

const variables = new Map([
  ['SET', 'value'],
  ['EMPTY', ''],
  ['DOLLAR', '${SET}$$'],
]);
const fill = (text: string) => substitute(text, (name) => variables.get(name));

describe('substitute', { timeout: 60_000 }, () => {
  it.each([
    ['plain', 'plain'],
    ['$SET-${SET}', 'value-value'],
    ['${UNSET:-default}', 'default'],
    ['${EMPTY:-default}', 'default'],
    ['${EMPTY-default}', ''],
    ['${UNSET-default}', 'default'],
    ['${UNSET:-}', ''],
    ['${SET:+other}', 'other'],
    ['${EMPTY:+other}', ''],
    ['${EMPTY+other}', 'other'],
    ['${UNSET+other}', ''],
    ['${SET:?message}', 'value'],
    ['${EMPTY?message}', ''],
    ['${UNSET:-${SET:-x}}', 'value'],
    ['${UNSET:-a${EMPTY:-${SET}}b}', 'avalueb'],
    ['${SET:-${UNSET}}', 'value'],
    ['${UNSET:-multi\nline}', 'multi\nline'],
    ['$$SET $${SET} $$$SET', '$SET ${SET} $value'],
    ['${UNSET:-$$}', '$'],
    // A value is not looked into again.
    ['$DOLLAR', '${SET}$$'],
  ])('fills in %j', (text, expected) => {
    expect(fill(text)).toEqual({ text: expected, problems: [] });
  });

  it.each([
    ['${UNSET}', 'undefined-variable', '${UNSET}'],
    ['a $UNSET b', 'undefined-variable', '$UNSET'],
    ['${UNSET:?no luck}', 'required-variable', '${UNSET:?no luck}'],
    ['${EMPTY:?no luck}', 'required-variable', '${EMPTY:?no luck}'],
    ['${UNSET?}', 'required-variable', '${UNSET?}'],
    ['${UNSET:-${UNSET}}', 'undefined-variable', '${UNSET}'],
    ['${SET', 'bad-substitution', '${SET'],
    ['${}', 'bad-substitution', '${}'],
    ['${1}', 'bad-substitution', '${1}'],
    ['${SET%x}', 'bad-substitution', '${SET%x}'],
    ['$(date)', 'bad-substitution', '$('],
    ['5$', 'bad-substitution', '$'],
  ])('finds what is wrong with %j', (text, code, written) => {
    expect(fill(text).problems).toMatchObject([{ code, written }]);
  });

  it('gives any text back when its dollar signs are doubled', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fill(text.replaceAll('$', '$$$$'))).toEqual({ text, problems: [] });
      }),
    );
  });

  it('gives any value back as it is, and any default without special characters', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, word) => {
        const plain = word.replace(/[${}]/g, '');
        const text = `[\${A}][\${B:-${plain}}]`;
        const filled = substitute(text, (name) => (name === 'A' ? value : undefined));
        expect(filled).toEqual({ text: `[${value}][${plain}]`, problems: [] });
      }),
    );
  });

  it('never throws, and is quick, whatever the text', async () => {
    const pieces = fc.constantFrom('$', '{', '}', ':-', '?', '+', 'SET', 'UNSET', '${', '$$', ' ');
    fc.assert(
      fc.property(fc.array(pieces), (text) => {
        expect(() => fill(text.join(''))).not.toThrow();
      }),
    );
    for (const hard of ['${A:-', '${', '$', '$A', '${A:-}', '}']) {
      const text = hard.repeat(60_000 / hard.length);
      expect(await cpuTime(() => fill(text)), hard).toBeLessThan(500);
    }
  });
});
