import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainDockerfile } from '../../../cli/src/login/policy/plain-dockerfile.ts';

const read = (lines: string, args: Record<string, string> = {}) => plainDockerfile(lines, args);

describe('a plain Dockerfile', () => {
  it('has each instruction in one line, at its old place', () => {
    const text = [
      '# syntax=docker/dockerfile:1',
      'from debian:12 as Base',
      '',
      'RUN apt-get update \\',
      '  # a remark',
      '',
      '  && true\\',
      '  x',
      '  Copy --chown=1:1 a b /c  ',
      'CMD ["a"]',
    ].join('\n');
    const { text: plain, images, problems } = read(text);
    expect(problems).toEqual([]);
    expect(plain.split('\n')).toEqual([
      '',
      'FROM debian:12 AS base',
      '',
      'RUN apt-get update   && true  x',
      '',
      '',
      '',
      '',
      'COPY --chown=1:1 a b /c',
      'CMD ["a"]',
      '',
    ]);
    expect(images).toEqual([{ reference: 'debian:12', line: 2 }]);
  });

  it.each<[string, string, Record<string, string>, string[]]>([
    ['FROM', 'FROM a\nFROM b', {}, ['a', 'b']],
    ['an argument', 'ARG V=1\nFROM a:$V', {}, ['a:1']],
    ['one that is given', 'ARG V=1\nFROM a:${V}', { V: '2' }, ['a:2']],
    ['one that is given and not declared', 'FROM a:1$V', { V: '2' }, ['a:1']],
    ['a default in the place', 'FROM ${V:-a}', {}, ['a']],
    ['a stage', 'FROM a AS b\nFROM B', {}, ['a']],
    ['a stage that comes later', 'FROM b\nFROM a AS b', {}, ['b', 'a']],
    ['a number', 'FROM a\nFROM 0', {}, ['a', '0']],
    ['nothing', 'FROM scratch', {}, []],
    ['COPY --from', 'FROM a\nCOPY --from=b:1 / /', {}, ['a', 'b:1']],
    ['a stage to copy from', 'FROM a AS b\nFROM c\nCOPY --from=B / /', {}, ['a', 'c']],
    ['the stage it is in', 'FROM a AS b\nCOPY --from=b / /', {}, ['a', 'b']],
    ['a number to copy from', 'FROM a\nFROM c\nCOPY --from=0 / /', {}, ['a', 'c']],
    ['a number of no stage', 'FROM a\nCOPY --from=0 / /', {}, ['a', '0']],
    ['a long number', 'FROM a\nFROM a\nCOPY --from=00000 / /', {}, ['a', 'a', '00000']],
    ['what only seems to be one', 'FROM a\nRUN x \\\n\n# y\nFROM b', {}, ['a']],
    ['a word in two parts', 'FR\\\nOM a', {}, ['a']],
    ['a line that ends as on Windows', 'FROM a\r\nCOPY --from=b / /\r\n', {}, ['a', 'b']],
  ])('names its images: %s', (_, text, args, images) => {
    const found = read(text, args);
    expect(found.problems).toEqual([]);
    expect(found.images.map(({ reference }) => reference)).toEqual(images);
    for (const name of images) expect(found.text).toContain(name);
  });

  it.each([
    ['FROM $NOTHING', 'names no image'],
    ['FROM a b', 'cannot be read'],
    ['FROM "a"', 'names no image'],
    ['FROM a\\b', 'names no image'],
    ["ARG A='a b'\nFROM $A", 'names no image'],
    ['FROM --platform=$(x) a', 'is no platform'],
    ['FROM a\nONBUILD RUN x', 'ONBUILD'],
    ['FROM a\nRUN --mount=type=bind,target=/x x', 'RUN --mount needs BuildKit'],
    ['FROM a\nRUN --network=host x', 'RUN --network needs BuildKit'],
    ['FROM a\nRUN --security=insecure x', 'RUN --security needs BuildKit'],
    ['FROM a\nRUN cat <<EOF\nFROM b\nEOF', 'RUN << needs BuildKit'],
    ['FROM a\nCOPY --link a b', 'COPY --link needs BuildKit'],
    ['FROM a\nCOPY <<x /y', 'COPY << needs BuildKit'],
    ['FROM a\nCOPY --fr\\om=b / /', 'COPY --fr needs BuildKit'],
    ['FROM a\nCOPY --from="b" / /', 'COPY --from takes a plain name'],
    ['FROM a\nCOPY --from=$B / /', 'COPY --from takes a plain name'],
    ['FROM a\nCOPY --chown=1 --from=b --from=c / /', 'once'],
    ['FROM a\nCOPY --from=b\u00a0/ /', 'COPY --from takes a plain name'],
    ['FROM a\nCOPY \u00e9 /', 'cannot be read'],
    ['FROM a\nADD https://x/y /', 'plain paths'],
    ['FROM a\nADD ["http://x", "/"]', 'plain paths'],
    ['FROM a\nADD [ "http\\u003a//x", "/"]', 'plain paths'],
    ['FROM a\nADD $A /', 'plain paths'],
    ['FROM a\nADD git@x:y /', 'plain paths'],
    ['FROM a\nADD --from=b / /', 'no "--from"'],
    ['FROM a\nADD --keep-git-dir=true a /', 'ADD --keep needs BuildKit'],
    ['FROM a\nLABEL devenv.uid=1', 'begins with devenv.'],
    ['FROM a\nLABEL a=b "dev"env\\.uid=1', 'begins with devenv.'],
    ['FROM a\nLABEL $A=1', 'variables only'],
    ['FROM a\nLABEL a=1 "${A:-b c}"=2', 'variables only'],
    ['FROM a\nLABEL a="$B"c=d', 'variables only'],
    ['FROM a\n# escape=`\nRUN a', 'not understood'],
    ['FROM a\nRUN a\u0000b', 'characters that no text has'],
    ['FROM a\nRUN a\rFROM b', 'characters that no text has'],
    ['FROM a\nRUN a\u2028FROM b', 'characters that no text has'],
    ['FROM a\nRUN a\\\\\n', 'backslash'],
    ['FROM a\nENTITLE x', 'no instruction'],
    ['FROM a\nFROM', 'cannot be read'],
    ['FROM a\n__proto__ x', 'no instruction'],
    ['FROM a\nconstructor x', 'no instruction'],
    [`FROM a\nRUN ${'x'.repeat(70_000)}`, 'too long'],
  ])('is none with %j', (text, problem) => {
    expect(
      read(text)
        .problems.map(({ message }) => message)
        .join('\n'),
    ).toContain(problem);
  });

  it.each([
    'COPY --chown=$USER a b',
    'LABEL version="$V" other=${W:-x} third="a b"',
    'LABEL "a b"=c',
    'ADD archive.tar.gz /opt/',
    'ADD --chown=1:1 a b* /c/',
    'RUN cat <<< "$x"; echo $((1<<2))',
    'COPY ["a b", "/c"]',
    'ENV A=http://x B="$A"',
    'RUN --',
  ])('may have %s, or says why not', (line) => {
    const { problems } = read(`FROM a\n${line}`);
    const refused = ['COPY --chown=$USER a b', 'RUN --'].includes(line);
    expect(problems).toHaveLength(refused ? 1 : 0);
  });

  it('does not grow beyond memory by what its arguments say', () => {
    const doubling = Array.from({ length: 200 }, (_, n) => `ARG A${n + 1}=$A${n}$A${n}`);
    const { problems } = read(['ARG A0=xxxxxxxxxx', ...doubling, 'FROM $A200'].join('\n'));
    expect(problems).toEqual([]);
  });

  it('names every image that an engine would find in it, whatever it is made of', () => {
    const fragment = fc.constantFrom(
      ...['FROM ', 'from\t', 'COPY ', 'ADD ', 'RUN ', 'ARG ', 'ONBUILD ', 'LABEL ', 'CMD '],
      ...['--from=', '--fr', 'om=', '--chown=1', '--platform=linux/amd64 ', ' AS ', ' as s\n'],
      ...['\n', '\\\n', '\\ \n', '\r\n', '\\', '`', '#', '# escape=`\n', '<<E\n', 'E\n', '\n\n'],
      ...['\nFROM ok AS s\n', '\nCOPY --from=s / /\n', '\nCOPY --from=0 / /\n', 'FROM S\n'],
      ...['evil', 'ok', 's', '0', '$A', '${A:-evil}', 'A=evil', '"', "'", ' ', '\t', '\u00a0', '/'],
    );
    let plain = 0;
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 30 }), (fragments) => {
        const { text, images, problems } = read(fragments.join(''), { A: 'evil' });
        if (problems.length > 0) return;
        plain += 1;
        const named = images.map(({ reference }) => reference);
        for (const found of imagesForEngine(text)) expect(named).toContain(found);
      }),
      { numRuns: 20_000, seed: 20_261 },
    );
    expect(plain).toBeGreaterThan(500);
  });
});

/**
 * What the classic builder takes from, read in another way than ours: a line is an instruction,
 * of which the first word is the keyword, and flags are words until one is none.
 */
function imagesForEngine(text: string): string[] {
  const stages: string[] = [];
  return text.split('\n').flatMap((line) => {
    if (/\\[ \t]*$/.test(line)) throw new Error(`goes on: ${line}`);
    const [keyword = '', ...words] = line.trim().split(/[ \t\v\f\r]+/);
    const first = words.findIndex((word) => !word.startsWith('--'));
    const flags = words.slice(0, first === -1 ? undefined : first).map(unescaped);
    const rest = words.slice(first);
    switch (keyword.toLowerCase()) {
      case 'from': {
        const known = stages.includes(rest[0]!.toLowerCase()) || rest[0] === 'scratch';
        stages.push(rest[2]?.toLowerCase() ?? '');
        return known ? [] : [rest[0]!];
      }
      case 'copy':
      case 'add': {
        const sources = flags.filter((flag) => flag.startsWith('--from='));
        const names = sources.map((flag) => flag.slice('--from='.length));
        const before = stages.slice(0, -1);
        return names.filter(
          (name) => !before.includes(name.toLowerCase()) && !(Number(name) < before.length),
        );
      }
      default:
        return [];
    }
  });
}

function unescaped(word: string): string {
  return word.replace(/["'\\]/g, '');
}
