import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../cli/src/config/diagnostic.ts';
import { DevenvError } from '../../cli/src/errors.ts';
import { exitCodeOf, renderFailure, toFailure } from '../../cli/src/ui/failure.ts';

const source = ['imagee: debian', '\tports: [99999]', 'tasks: {}'];

function render(error: unknown, environment: NodeJS.ProcessEnv = {}, color = false): string {
  return renderFailure(toFailure(error, environment), {
    cwd: '/srv/shop',
    colors: picocolors.createColors(color),
    readLine: (_file, line) => source[line - 1],
  });
}

function diagnostic(change: Partial<Diagnostic> = {}): Diagnostic {
  return {
    severity: 'error',
    code: 'unknown-key',
    message: 'unknown key "imagee"',
    file: '/srv/shop/devenv.yaml',
    range: { start: { line: 1, column: 1 }, end: { line: 1, column: 7 } },
    hint: 'Did you mean "image"?',
    ...change,
  };
}

function invalid(...diagnostics: Diagnostic[]): DevenvError {
  return new DevenvError('config_invalid', 'The devenv file has mistakes.', { diagnostics });
}

describe('a failure as text', () => {
  it('says what happened, what is known about it, and what to do next', () => {
    const error = new DevenvError('build_failed', 'Step 3 of Dockerfile failed.', {
      details: ['make: *** [all] Error 1\nmake: stopped', ''],
      hint: 'See the whole log in build.log.',
    });
    expect(render(error)).toBe(
      [
        'devenv: Step 3 of Dockerfile failed.',
        '  | make: *** [all] Error 1',
        '  | make: stopped',
        '  |',
        'hint: See the whole log in build.log.',
        '',
      ].join('\n'),
    );
  });

  it('shows each mistake in a file with its place, its line and a marker', () => {
    const ports = diagnostic({
      message: '99999 is not a port',
      range: { start: { line: 2, column: 9 }, end: { line: 2, column: 14 } },
    });
    delete ports.hint;
    expect(render(invalid(diagnostic(), ports))).toBe(
      [
        'devenv.yaml:1:1: error: unknown key "imagee"',
        '  1 | imagee: debian',
        '    | ^^^^^^',
        '  hint: Did you mean "image"?',
        'devenv.yaml:2:9: error: 99999 is not a port',
        '  2 | \tports: [99999]',
        '    | \t       ^^^^^',
        'devenv: The devenv file has mistakes.',
        '',
      ].join('\n'),
    );
  });

  it('names a file outside the current folder by its whole path', () => {
    const text = render(invalid(diagnostic({ file: '/etc/devenv.yaml' })));
    expect(text.split('\n')[0]).toBe('/etc/devenv.yaml:1:1: error: unknown key "imagee"');
  });

  it('marks a range over several lines to the end of its first line', () => {
    const range = { start: { line: 1, column: 9 }, end: { line: 3, column: 2 } };
    expect(render(invalid(diagnostic({ range })))).toContain('    |         ^^^^^^\n');
  });

  it('leaves the excerpt out where the line cannot be read or is beyond the width', () => {
    const nowhere = { start: { line: 9, column: 1 }, end: { line: 9, column: 2 } };
    const far = { start: { line: 1, column: 500 }, end: { line: 1, column: 501 } };
    for (const range of [nowhere, far]) {
      expect(render(invalid(diagnostic({ range })))).not.toContain('^');
    }
  });

  it('lets no escape sequence of a file or a message through to the terminal', () => {
    source[3] = 'a: \u001b[2Jb';
    const range = { start: { line: 4, column: 1 }, end: { line: 4, column: 2 } };
    const text = render(
      invalid(
        diagnostic({ range, message: 'bad \u001b]0;title\u0007 value', hint: 'x\u001b[31my' }),
      ),
    );
    expect(text).not.toContain('\u001b');
    expect(text).toContain('4 | a: �[2Jb');
    const log = new DevenvError('hook_failed', 'bad\u001b[2J', { details: ['\u001b]0;x\u0007y'] });
    expect(render(log)).toBe('devenv: bad\n  | y\n');
  });

  it('uses colours only where they are wanted', () => {
    const error = new DevenvError('denied', 'No.', { hint: 'Ask.' });
    expect(render(error, {}, true)).toContain('\u001b[31mdevenv:\u001b[39m No.');
    expect(render(error)).toBe('devenv: No.\nhint: Ask.\n');
  });

  it('calls an unexpected error what it is and keeps its stack for DEVENV_DEBUG', () => {
    const error = new TypeError('x is not a function', { cause: new Error('deeper') });
    expect(render(error)).toBe(
      'devenv: Something unexpected went wrong: x is not a function\n' +
        'hint: Run it again with DEVENV_DEBUG=1 to see where it comes from, and please report it.\n',
    );
    const debug = render(error, { DEVENV_DEBUG: '1' });
    expect(debug).toContain('failure.test.ts');
    expect(debug).toContain('caused by Error: deeper');
  });

  it('shows something for whatever was thrown', () => {
    expect(render('just text')).toContain('Something unexpected went wrong: just text\n');
    expect(render(undefined)).toContain('undefined');
  });
});

describe('the exit code of a failure', () => {
  it.each([
    ['usage', false, 2],
    ['config_invalid', false, 2],
    ['engine_unreachable', false, 3],
    ['build_failed', false, 4],
    ['denied', false, 5],
    ['hook_failed', false, 6],
    ['interrupted', false, 130],
    ['usage', true, 125],
    ['config_invalid', true, 125],
    ['hook_failed', true, 125],
    ['interrupted', true, 130],
  ] as const)('for %s (session: %s) is %i', (code, session, expected) => {
    expect(exitCodeOf(new DevenvError(code, 'x'), session)).toBe(expected);
  });

  it('is 1 for what nobody expected, 125 in a session', () => {
    expect(exitCodeOf(new Error('x'), false)).toBe(1);
    expect(exitCodeOf(new Error('x'), true)).toBe(125);
  });
});
