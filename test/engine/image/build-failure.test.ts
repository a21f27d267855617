import { describe, expect, it } from 'vitest';
import { explainBuildFailure } from '../../../cli/src/engine/image/build-failure.ts';

const place = {
  dockerfile: '/p/Dockerfile',
  line: 4,
  tail: ['last words'],
  logFile: '/l/build.log',
};

describe('explainBuildFailure', () => {
  it.each([
    'failed to solve: failed to copy files: write /var/lib/docker/x: no space left on device',
    'Error processing tar file(exit status 1): write /big: no space left on device',
  ])('tells a full disk from a mistake in the Dockerfile: %s', (message) => {
    expect(explainBuildFailure(new Error(message), place)).toMatchObject({ code: 'disk_full' });
  });

  it.each([
    ['failed to solve with frontend dockerfile.v0: failed to create LLB definition: no', 'no'],
    ['failed to solve: rpc error: code = Unknown desc = executor failed running [x]', 'executor'],
    ['The command "/bin/sh -c x" returned a non-zero code: 7', 'The command'],
  ])('says where, what and what to do next: %s', (message, said) => {
    const failure = explainBuildFailure(new Error(message), place);
    expect(failure).toMatchObject({ code: 'build_failed', details: ['last words'] });
    expect(failure.message).toMatch(new RegExp(`^The build failed at /p/Dockerfile:4: ${said}`));
    expect(failure.hint).toContain('/l/build.log');
  });

  it('counts lines as in the person’s own file', () => {
    const error = new Error('dockerfile parse error line 9: unknown instruction: FRUM');
    const { message } = explainBuildFailure(error, { ...place, originalLine: (line) => line - 2 });
    expect(message).toContain('/p/Dockerfile:7: ');
  });
});
