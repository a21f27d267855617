import { expect, it } from 'vitest';
import { trustHost } from '../../cli/src/plan/dockerfile-trust.ts';

const mount =
  '--mount=type=secret,id=devenv-ca-certificates,target=/run/devenv/ca-certificates.crt,mode=0444';
const argument = 'ARG A=/run/devenv/ca-certificates.crt B=/run/devenv/ca-certificates.crt';

it('mounts the authorities for each RUN, and names their file in each stage', () => {
  const dockerfile = [
    '# syntax=docker/dockerfile:1',
    'ARG BASE=a',
    'FROM $BASE AS one',
    'RUN --mount=type=cache,target=/c x \\',
    '  && RUN y',
    'run ["z"]',
    'FROM b \\',
    '  AS two',
    'RUN <<EOF',
    'RUN no',
    'EOF',
    'CMD ["run"]',
    '',
  ];
  const { text, originalLine } = trustHost(dockerfile.join('\n'), ['A', 'B']);
  const changed = text.split('\n');
  expect(changed).toEqual([
    '# syntax=docker/dockerfile:1',
    'ARG BASE=a',
    'FROM $BASE AS one',
    argument,
    `RUN ${mount} --mount=type=cache,target=/c x \\`,
    '  && RUN y',
    `run ${mount} ["z"]`,
    'FROM b \\',
    '  AS two',
    argument,
    `RUN ${mount} <<EOF`,
    'RUN no',
    'EOF',
    'CMD ["run"]',
    '',
  ]);
  const lines = changed.map((_, index) => dockerfile[originalLine(index + 1) - 1]);
  expect(lines.filter((_, index) => changed[index] !== argument).map((line) => line!)).toEqual(
    dockerfile,
  );
});
