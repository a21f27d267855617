import { expect, it } from 'vitest';
import type { Failure } from '../../cli/src/ui/failure.ts';
import { watchText, type ShownWatchEvent } from '../../cli/src/ui/watch-text.ts';

const cwd = '/srv/app';

function say(event: ShownWatchEvent, terminal = true): string[] {
  const notice = watchText(event, { name: 'app', cwd, terminal });
  return notice === undefined ? [] : [`${notice.tone ?? '-'}`, ...notice.text.split('\n')];
}

function failed(error: Partial<Failure>): string[] {
  const whole: Failure = {
    code: 'build_failed',
    message: 'no',
    details: [],
    diagnostics: [],
    ...error,
  };
  return say({ type: 'failed', error: whole });
}

function mistake(line: number, message: string): Failure['diagnostics'][number] {
  const at = { line, column: 1 };
  return {
    severity: 'error',
    code: 'x',
    message,
    file: `${cwd}/devenv.yaml`,
    range: { start: at, end: at },
  };
}

it('says why a build has failed, in the words of the builder, and where to read all of it', () => {
  const message = `The build failed at ${cwd}/Dockerfile:2: dockerfile parse error on line 2: unknown instruction: COPPY`;
  expect(
    failed({
      message,
      details: ['[1/2] FROM x', 'making', 'exit 1'],
      hint: 'Correct it and run the same command again.',
      diagnostics: [{ ...mistake(2, 'This instruction failed.'), code: 'build-failed' }],
    }),
  ).toEqual([
    'bad',
    `${message}.`,
    '| [1/2] FROM x',
    '| making',
    '| exit 1',
    '"devenv logs --build" shows all of the output.',
    'The build is tried again at the next change.',
  ]);
});

it('says what a failed hook has printed', () => {
  expect(
    failed({
      code: 'hook_failed',
      message: 'The create hook failed with status 3.',
      details: ['making'],
      hint: 'Mend it and run the same command again: it is retried until it succeeds.',
    }),
  ).toEqual([
    'bad',
    'The create hook failed with status 3.',
    '| making',
    'It is tried again at the next change.',
  ]);
});

it('names each mistake of a file as a sentence', () => {
  const diagnostics = [mistake(1, 'Unknown key: "bogus"'), mistake(3, 'There is no such user.')];
  expect(
    failed({ code: 'config_invalid', message: 'devenv.yaml has mistakes.', diagnostics }),
  ).toEqual([
    'bad',
    'devenv.yaml:1:1: Unknown key: "bogus".',
    'devenv.yaml:3:1: There is no such user.',
    'It is tried again at the next change.',
  ]);
});

it('passes on what helps', () => {
  expect(
    failed({ code: 'engine_unreachable', message: 'No engine answers', hint: 'Start it.' }),
  ).toEqual(['bad', 'No engine answers.', 'Start it.', 'It is tried again at the next change.']);
});

it('says that all is well again only after a failure', () => {
  expect(say({ type: 'unchanged', paths: ['a'], mends: true })).toEqual([
    'good',
    'app is up to date again.',
  ]);
  expect(say({ type: 'unchanged', paths: ['a'], mends: false })).toEqual([]);
});

it('says whose end is waited for, as a warning', () => {
  const question = 'Replacing the container (x) ends one attached session. Go on?';
  expect(say({ type: 'waiting', sessions: 1, question })).toEqual([
    '-',
    'Waiting for the session to end: Replacing the container (x) ends one attached session. Press r to do it now.',
  ]);
  expect(say({ type: 'waiting', sessions: 2, question: 'It ends. Go on?' }, false)).toEqual([
    '-',
    'Waiting for 2 sessions to end: It ends. "devenv up" in another terminal asks.',
  ]);
});

it('marks ordinary news as such', () => {
  expect(say({ type: 'watching', folders: 1 })).toEqual([
    'news',
    'Watching app (1 folder). Ctrl-C ends it.',
  ]);
  expect(say({ type: 'running', command: 'serve', paths: ['a', 'b'] })).toEqual([
    'news',
    'Still runs: serve; for a, b it runs again after that.',
  ]);
});
