import { describe, expect, it } from 'vitest';
import { noSuchStage, unusedArguments } from '../../cli/src/plan/dockerfile-remarks.ts';
import { readDockerfile } from '../../cli/src/plan/dockerfile.ts';

const read = (text: string, target?: string) => readDockerfile(text, { target, args: {} });

describe('unusedArguments', () => {
  const facts = read('ARG BASE\nFROM a AS one\nARG COLOR=red\nFROM b\nARG LATE\n', 'one');

  it('names those that no ARG takes, with what was meant', () => {
    expect(unusedArguments({ COLR: 'x', SIZE: 'y' }, facts)).toEqual([
      'No ARG of the Dockerfile takes "COLR" of "build.args". Did you mean COLOR?',
      'No ARG of the Dockerfile takes "SIZE" of "build.args".',
    ]);
  });

  it.each(['BASE', 'COLOR', 'LATE', 'HTTP_PROXY', 'no_proxy', 'BUILDKIT_INLINE_CACHE'])(
    'has nothing to say of %s',
    (name) => expect(unusedArguments({ [name]: 'x' }, facts)).toEqual([]),
  );
});

describe('noSuchStage', () => {
  it.each([
    ['biuld', 'FROM a AS build\nFROM b\nCOPY --from=biuld /x /', 'Did you mean "build"?'],
    ['biuld', 'FROM a AS build\nFROM biuld\n', 'Did you mean "build"?'],
    ['tools', 'FROM a AS one\nFROM b AS two\nFROM c\nCOPY --from=tools /x /', 'they are one, two.'],
    ['tools', 'FROM a AS one\nFROM b\nRUN --mount=from=tools,target=/x true', 'they are one.'],
  ])('says what %s could have been in: %s', (reference, text, words) => {
    const { stages = [] } = read(text).bases.find((base) => base.reference === reference) ?? {};
    expect(noSuchStage(reference, stages)).toContain(words);
  });

  it.each([
    ['debian', []],
    ['debian:bookworm', ['build']],
    ['team/tools', ['build']],
  ])('has nothing to say of the image %s where the stages are %j', (reference, stages) => {
    expect(noSuchStage(reference, stages)).toBeUndefined();
  });
});
