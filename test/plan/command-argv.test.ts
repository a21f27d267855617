import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandArgv, quote, shellArgv } from '../../cli/src/plan/command-argv.ts';

function run([program = '', ...rest]: string[]) {
  const { status, stdout } = spawnSync(program, rest, { encoding: 'utf8' });
  return {
    status,
    lines: stdout
      .split('\n')
      .filter((line) => line !== '')
      .sort(),
  };
}

describe('the argv of a command', () => {
  it('is a shell for text, and the list itself for a list', () => {
    expect(commandArgv({ kind: 'shell', script: 'a | b' })).toEqual(['/bin/sh', '-c', 'a | b']);
    expect(commandArgv({ kind: 'argv', argv: ['a', 'b c'] })).toEqual(['a', 'b c']);
  });

  it('passes further arguments on exactly', () => {
    const further = ['--watch', 'a b', "it's", '', '$HOME'];
    const shell = commandArgv({ kind: 'shell', script: "printf '<%s>\\n'" }, further);
    expect(run(shell).lines).toEqual(further.map((word) => `<${word}>`).sort());
    expect(commandArgv({ kind: 'argv', argv: ['a'] }, further)).toEqual(['a', ...further]);
  });

  it('runs named commands all to their end, and gives the first failure', () => {
    const commands = {
      one: { kind: 'shell' as const, script: 'echo one; exit 3' },
      two: { kind: 'argv' as const, argv: ['echo', 'two  words'] },
    };
    expect(run(commandArgv({ kind: 'parallel', commands }))).toEqual({
      status: 3,
      lines: ['one', 'two  words'],
    });
  });

  it('enters the shell even when the attach hook fails', () => {
    const argv = shellArgv('/bin/pwd', { kind: 'shell', script: 'echo hook; false' });
    expect(run(argv)).toMatchObject({ status: 0, lines: [process.cwd(), 'hook'].sort() });
  });
});

describe('quoting', () => {
  it('gives any text back from a shell as one word', () => {
    const text = fc.string({ unit: 'binary' }).filter((word) => !word.includes('\0'));
    fc.assert(
      fc.property(text, (word) => {
        const { stdout } = spawnSync('/bin/sh', ['-c', `printf %s ${quote(word)}`]);
        expect(stdout.toString()).toBe(Buffer.from(word).toString());
      }),
      { numRuns: 50 },
    );
  });
});
