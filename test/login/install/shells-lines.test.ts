import { describe, expect, it } from 'vitest';
import { addShell, removeShell } from '../../../cli/src/login/install/shells-lines.ts';

describe('/etc/shells', () => {
  it.each([
    ['# valid login shells\n/bin/sh\n', '# valid login shells\n/bin/sh\n/our/shell\n'],
    ['/bin/sh', '/bin/sh\n/our/shell'],
    ['', '/our/shell\n'],
    ['/our/shell2\n #/our/shell\n\n', '/our/shell2\n #/our/shell\n\n/our/shell\n'],
  ])('%j gets one line more, and is the same without it', (before, after) => {
    expect(addShell(before, '/our/shell')).toBe(after);
    expect(removeShell(after, '/our/shell')).toBe(before);
  });

  it('stays as it is where the shell is listed', () => {
    expect(addShell('/our/shell\n/bin/sh\n', '/our/shell')).toBe('/our/shell\n/bin/sh\n');
  });
});
