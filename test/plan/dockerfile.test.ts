import { describe, expect, it } from 'vitest';
import { relateToSource } from '../../cli/src/plan/copy-sources.ts';
import { lineOfStep } from '../../cli/src/plan/build-steps.ts';
import { unknownFeatures, type Builder } from '../../cli/src/plan/dockerfile-features.ts';
import { readDockerfile } from '../../cli/src/plan/dockerfile.ts';

describe('the images a Dockerfile reads', () => {
  it.each([
    ['FROM debian:bookworm', ['debian:bookworm'], 'debian:bookworm'],
    ['from debian', ['debian'], 'debian'],
    ['FROM scratch', [], undefined],
    ['ARG S=bookworm\nFROM debian:$S-slim', ['debian:bookworm-slim'], 'debian:bookworm-slim'],
    ['ARG S=bookworm\nFROM debian:$SUITE-slim', ['debian:-slim'], 'debian:-slim'],
    ['ARG S=bookworm\nFROM debian:${S}-slim', ['debian:bookworm-slim'], 'debian:bookworm-slim'],
    ['FROM debian:${S:-sid}', ['debian:sid'], 'debian:sid'],
    ['ARG S="a" T=b\nFROM x:$S\nFROM x:$T', ['x:a', 'x:b'], 'x:b'],
    ['ARG A=x\nARG B=${A}:1\nFROM $B', ['x:1'], 'x:1'],
    ['FROM a AS One\nFROM one AS two\nFROM TWO', ['a'], 'a'],
    ['FROM b AS b\nFROM b', ['b'], 'b'],
    ['FROM a AS build\nFROM b\nCOPY --from=build /x /\nCOPY --from=0 /x /', ['a', 'b'], 'b'],
    ['FROM a\nCOPY --from=tool:1 /x /', ['a', 'tool:1'], 'a'],
    ['FROM a@sha256:0123', ['a@sha256:0123'], 'a@sha256:0123'],
  ])('of %j are %j', (text, references, base) => {
    const facts = read(text);
    expect(facts.bases.map(({ reference }) => reference)).toEqual(references);
    expect(facts.base).toBe(base);
    expect(facts.problems).toEqual([]);
  });

  it('follow the arguments given in place of the defaults', () => {
    const facts = read('ARG S=bookworm\nFROM debian:${S}', { args: { S: 'trixie' } });
    expect(facts.base).toBe('debian:trixie');
  });

  it('end with the target stage, which is found by its name or number', () => {
    const text = 'FROM a AS one\nFROM b AS two\nCOPY . .\nFROM c';
    expect(read(text, { target: 'TWO' })).toMatchObject({ base: 'b', copiesContext: true });
    expect(read(text, { target: 'one' })).toMatchObject({ base: 'a', copiesContext: false });
    expect(read(text, { target: '1' }).bases.map(({ reference }) => reference)).toEqual(['a', 'b']);
  });

  it('know their line and platform', () => {
    expect(read('# comment\nARG P=linux/arm64\n\nFROM --platform=$P a').bases).toEqual([
      { reference: 'a', platform: 'linux/arm64', line: 4, stages: [] },
    ]);
  });
});

describe('what a Dockerfile copies from the context', () => {
  it.each([
    ['RUN true', []],
    ['COPY --from=other /x /y', []],
    ['ADD https://host/file /x', []],
    ['ONBUILD COPY . /app', []],
    ['RUN echo \\\n  COPY a b', []],
    ['COPY . .', ['']],
    ['COPY ./ /app/', ['']],
    ['COPY package*.json ./src /app/', ['package*.json', 'src']],
    ['COPY /lib/../src/ /app/', ['src']],
    ['COPY --chown=1:1 ["a b", "c", "dst/"]', ['a b', 'c']],
    ['COPY ["a",\\\n  "b", "/x"]', ['a', 'b']],
    ['copy a /x\nADD b https://host/c /y', ['a', 'b']],
    ['COPY $FILES /x', ['']],
    ['COPY a\\ b /x', ['']],
    ['COPY <<EOF /x\ntext\nEOF', []],
    ['COPY <<EOF a /x/\ntext of b\nEOF', ['a']],
    ['RUN <<EOF\nCOPY no /x\nEOF', []],
    ['RUN --mount=type=bind,source=tools,target=/t make', ['tools']],
    ['RUN --mount=target=/all make', ['']],
    ['RUN --mount=type=bind,from=b,target=/t --mount=type=cache,target=/c make', []],
    ['ADD git@host:a.git https://host/b c /x/', ['c']],
  ])('%j: %j', (text, sources) => {
    const facts = read(`FROM a\n${text}`);
    expect(facts.copySources).toEqual(sources);
    expect(facts.copiesContext).toBe(sources.length > 0);
  });
});

describe('relateToSource', () => {
  it.each([
    ['src', 'src', 'exact'],
    ['src/a/b', 'src', 'below'],
    ['src', 'src/a', 'above'],
    ['srcs', 'src', 'apart'],
    ['anything/at/all', '', 'below'],
    ['package-lock.json', 'package*.json', 'exact'],
    ['package.yaml', 'package*.json', 'apart'],
    ['a+b(1)', 'a+b(?)', 'exact'],
    ['file1', 'file[0-9]', 'exact'],
    ['filex', 'file[^0-9]', 'exact'],
    ['file1', 'file[^0-9]', 'apart'],
    ['x/deep/y', '*/deep', 'below'],
    ['x/y', '*', 'below'],
  ])('%s stands to %j: %s', (path, source, relation) => {
    expect(relateToSource(path, source)).toBe(relation);
  });
});

describe('what is wrong with a Dockerfile', () => {
  it.each([
    ['', 'no-from', 1],
    ['ARG A=1\nRUN true', 'no-from', 1],
    ['# x\nFROM ${NOTHING}', 'no-base', 2],
    ['FROM debian:${NOTHING}', 'no-base', 1],
  ])('%j: %s in line %i', (text, code, line) => {
    expect(read(text).problems).toMatchObject([{ code, line }]);
  });

  it('includes a target that is not there, with the stages that are', () => {
    const [problem] = read('FROM a AS one\nFROM b AS two', { target: 'three' }).problems;
    expect(problem).toMatchObject({ code: 'unknown-target' });
    expect(problem?.hint).toContain('one, two');
  });

  it('leaves out what a later stage than the target does', () => {
    const text = 'FROM a AS one\nFROM b\nRUN --mount=type=ssh true';
    expect(read(text, { target: 'one' }).features).toEqual([]);
  });
});

describe('what a builder does not know', () => {
  const unknown = (text: string, kind: Builder['kind'], engineVersion: string) => {
    const { features, syntax } = read(text);
    const problems = unknownFeatures(features, { kind, engineVersion }, syntax);
    return problems.map(({ code, line }) => `${code} ${line}`);
  };

  it.each([
    ['FROM a\n\nRUN --mount=type=cache,target=/x true', ['needs-buildkit 3'], []],
    ['FROM a\nRUN <<EOF\necho\nEOF', ['needs-buildkit 2'], ['needs-newer-buildkit 2']],
    ['FROM a\nCOPY --link x y', ['needs-buildkit 2'], ['needs-newer-buildkit 2']],
    ['FROM a\nADD --chmod=600 x y', ['needs-buildkit 2'], []],
    ['# syntax=docker/dockerfile:1\nFROM a\nCOPY --link x y', ['needs-buildkit 3'], []],
  ])('%j: %j, and %j for the first BuildKit', (text, classic, first) => {
    expect(unknown(text, 'classic', '26.1.5')).toEqual(classic);
    expect(unknown(text, 'buildkit', '20.10.24')).toEqual(first);
    expect(unknown(text, 'buildkit', '23.0.0')).toEqual([]);
  });
});

describe('the line of a step', () => {
  it('is found where there is one stage', () => {
    const { stageSteps } = read('ARG A=1\nFROM a\nENV B=1\nRUN x \\\n  y\nWORKDIR /w\nCOPY a b');
    const lines = [1, 2, 3, 4].map((step) => lineOfStep(stageSteps, `[${step}/4] anything`));
    expect(lines).toEqual([2, 4, 6, 7]);
    expect(lineOfStep(stageSteps, '[internal] load metadata')).toBeUndefined();
    expect(lineOfStep(stageSteps, 'exporting to image')).toBeUndefined();
  });

  it('is found in stages with and without a name, on images and on one another', () => {
    const { stageSteps } = read('FROM a AS One\nRUN b\nFROM c\nRUN d\nFROM one AS two\nRUN e');
    expect(lineOfStep(stageSteps, '[one 2/2] RUN b')).toBe(2);
    expect(lineOfStep(stageSteps, '[stage-1 2/2] RUN d')).toBe(4);
    expect(lineOfStep(stageSteps, '[two 1/1] RUN e')).toBe(6);
  });
});

it('images that RUN mounts are among the bases', () => {
  const text =
    'FROM a AS own\nFROM b\nRUN --mount=from=own,target=/o --mount=from=tools:1,target=/t x';
  expect(read(text).bases.map(({ reference }) => reference)).toEqual(['a', 'b', 'tools:1']);
});

it('the lines of the steps are those of the instructions, arguments before FROM included', () => {
  const text =
    '# c\nARG A=1\nFROM a\nRUN x \\\n # c\n  y\n\nENV B=1 \\\n  C=2\nONBUILD RUN z\nCMD ["a"]';
  expect(read(text).stepLines).toEqual([2, 3, 4, 8, 10, 11]);
});

it('every declared argument is found, in whatever stage', () => {
  const text = 'ARG B=1 C\nFROM a\nARG A="x y=z"\nRUN true\nARG B';
  expect(read(text).declaredArgs).toEqual(['A', 'B', 'C']);
});

function read(
  text: string,
  options: { target?: string; args?: Record<string, string> } = {},
): ReturnType<typeof readDockerfile> {
  return readDockerfile(text, { target: options.target, args: options.args ?? {} });
}
