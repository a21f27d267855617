import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApplyEvent } from '../../cli/src/engine/events.ts';
import { createLateReporter } from '../../cli/src/ui/late-reporter.ts';
import { createReporter, type Reporter } from '../../cli/src/ui/reporter.ts';
import { FakeOutput } from './fake-output.ts';

/** Events, each so many milliseconds after the one before. */
const pull: [number, ApplyEvent][] = [
  [0, { type: 'notice', text: 'port 3000 is taken, 3001 it is' }],
  [0, { type: 'step-started', index: 0, title: 'pull image debian', reason: 'it is not here' }],
  [100, progress('a1', 'Downloading', 1_000_000, 4_000_000)],
  [100, progress('a1', 'Downloading', 2_000_000, 4_000_000)],
  [0, progress('b2', 'Already exists')],
  [800, progress('a1', 'Pull complete')],
  [1000, { type: 'step-finished', index: 0, milliseconds: 2000 }],
];

const hook: [number, ApplyEvent][] = [
  [0, { type: 'step-started', index: 1, title: 'run create hook', reason: 'the container is new' }],
  [500, { type: 'step-output', index: 1, text: 'npm ci\nadd' }],
  [0, { type: 'step-output', index: 1, text: 'ed 10%\radded 100%' }],
  [61_500, { type: 'step-failed', index: 1, message: 'it ended with 1' }],
  [0, { type: 'undo-started', title: 'remove container x' }],
];

function progress(part: string, status: string, current?: number, total?: number): ApplyEvent {
  return {
    type: 'step-progress',
    index: 0,
    part,
    status,
    ...(current === undefined ? {} : { current }),
    ...(total === undefined ? {} : { total }),
  };
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

function play(reporter: Reporter, events: [number, ApplyEvent][]): void {
  for (const [after, event] of events) {
    vi.advanceTimersByTime(after);
    reporter.report(event);
  }
}

function reporter(
  style: 'tty' | 'plain' | 'json' | 'quiet',
  stream: FakeOutput,
): Promise<Reporter> {
  return createReporter(style, { stream, environment: { NO_COLOR: '1' }, now: Date.now });
}

describe('the plain reporter', () => {
  it('writes one line an event with the time since the first, and each state of a part once', async () => {
    const stream = new FakeOutput();
    play(await reporter('plain', stream), [...pull, ...hook]);
    expect(stream.text.split('\n')).toEqual([
      '[   0.0s] note: port 3000 is taken, 3001 it is',
      '[   0.0s] pull image debian (it is not here)',
      '[   0.1s] | a1: Downloading',
      '[   0.2s] | b2: Already exists',
      '[   1.0s] | a1: Pull complete',
      '[   2.0s] done in 2.0s',
      '[   2.0s] run create hook (the container is new)',
      '[   2.5s] | npm ci',
      '[ 1m 04s] | added 100%',
      '[ 1m 04s] failed after 1m 02s: it ended with 1',
      '[ 1m 04s] undo: remove container x',
      '',
    ]);
  });

  it('gives a step that is over at once no second line', async () => {
    const stream = new FakeOutput();
    play(await reporter('plain', stream), [
      [0, { type: 'step-started', index: 0, title: 'create volume x', reason: 'none yet' }],
      [20, { type: 'step-output', index: 0, text: 'kept' }],
      [0, { type: 'step-finished', index: 0, milliseconds: 20 }],
    ]);
    expect(stream.text).toBe('[   0.0s] create volume x (none yet)\n[   0.0s] | kept\n');
  });

  it('lets no escape sequence of a hook through', async () => {
    const stream = new FakeOutput();
    const { report } = await reporter('plain', stream);
    report({ type: 'step-output', index: 0, text: '\u001b[2J\u001b]0;evil\u0007red\n' });
    expect(stream.text).toBe('[   0.0s] | red\n');
  });
});

describe('the json reporter', () => {
  it('writes each event as it is, with its time, as one line of JSON', async () => {
    const stream = new FakeOutput();
    play(await reporter('json', stream), pull);
    const lines = stream.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toHaveLength(pull.length);
    expect(lines[2]).toEqual({ time: '2030-01-01T00:00:00.100Z', ...pull[2]![1] });
  });
});

describe('the quiet reporter', () => {
  it('writes nothing', async () => {
    const stream = new FakeOutput();
    play(await reporter('quiet', stream), [...pull, ...hook]);
    expect(stream.text).toBe('');
  });
});

describe('the terminal reporter', () => {
  const screen = { columns: 60, rows: 20 };

  it('shows the running step with its parts and its time', async () => {
    const stream = new FakeOutput(screen);
    const { report, finish } = await reporter('tty', stream);
    play({ report, finish }, pull.slice(0, 5));
    vi.advanceTimersByTime(80);
    expect(stream.screen.split('\n')).toEqual([
      '! port 3000 is taken, 3001 it is',
      expect.stringMatching(/^[^ ] pull image debian \(it is not here\) 0\.[23]s$/),
      '    1 of 2 parts',
      '    a1  Downloading  2.0 MB of 4.0 MB',
      '',
    ]);
    finish();
  });

  it('shows the last lines of what a step prints, while it runs', async () => {
    const stream = new FakeOutput(screen);
    const { report, finish } = await reporter('tty', stream);
    play({ report, finish }, hook.slice(0, 1));
    report({ type: 'step-output', index: 1, text: '1\n2\n3\n4\n5\n6\n7' });
    vi.advanceTimersByTime(80);
    expect(stream.screen.split('\n').slice(1)).toEqual([
      '  | 3',
      '  | 4',
      '  | 5',
      '  | 6',
      '  | 7',
      '',
    ]);
    finish();
  });

  it('leaves one line a step and the cursor on a line of its own when it is finished', async () => {
    const stream = new FakeOutput(screen);
    const { report, finish } = await reporter('tty', stream);
    play({ report, finish }, [...pull, ...hook]);
    finish();
    const written = stream.text;
    vi.advanceTimersByTime(1000);
    expect(stream.text).toBe(written);
    expect(stream.screen).toBe(
      [
        '! port 3000 is taken, 3001 it is',
        '✔ pull image debian 2.0s',
        '✖ run create hook 1m 02s',
        '↩ remove container x',
        '',
      ].join('\n'),
    );
  });

  it('wraps what is to be read, and cuts only the lines of what goes on', async () => {
    const stream = new FakeOutput({ columns: 24, rows: 20 });
    const { report, finish } = await reporter('tty', stream);
    report({ type: 'notice', text: 'Waiting: it loses /a/file. Press r to do it now.' });
    report({ type: 'undo-started', title: 'remove container of-a-long-name' });
    report({ type: 'step-started', index: 0, title: 'pull image', reason: 'it is not here' });
    vi.advanceTimersByTime(80);
    const told = [
      '! Waiting: it loses',
      '  /a/file. Press r to',
      '  do it now.',
      '↩ remove container',
      '  of-a-long-name',
    ];
    expect(stream.screen.split('\n')).toEqual([
      ...told,
      expect.stringMatching(/^[^ ] pull image \(it is no…$/),
      '',
    ]);
    finish();
  });

  it('keeps what has been said when there is more of it than rows', async () => {
    const stream = new FakeOutput({ columns: 60, rows: 4 });
    const { report, finish } = await reporter('tty', stream);
    const texts = ['one', 'two', 'three', 'four', 'five', 'six'];
    for (const text of texts) report({ type: 'notice', text });
    report(pull[1]![1]);
    report({ type: 'notice', text: 'seven' });
    vi.advanceTimersByTime(80);
    report({ type: 'step-finished', index: 0, milliseconds: 2000 });
    finish();
    expect(stream.screen.split('\n')).toEqual([
      ...texts.map((text) => `! ${text}`),
      '✔ pull image debian 2.0s',
      '! seven',
      '',
    ]);
  });

  it('marks news as such, and warnings as warnings', async () => {
    const stream = new FakeOutput(screen);
    const { report, finish } = await reporter('tty', stream);
    report({ type: 'notice', text: 'a warning' });
    report({ type: 'notice', tone: 'news', text: 'some news' });
    report({ type: 'notice', tone: 'good', text: 'it is up' });
    report({ type: 'notice', tone: 'bad', text: 'it failed\n| and so' });
    report({ type: 'notice', tone: 'output', text: 'what it printed' });
    finish();
    expect(stream.screen.split('\n')).toEqual([
      '! a warning',
      '• some news',
      '✔ it is up',
      '✖ it failed',
      '  | and so',
      '| what it printed',
      '',
    ]);
  });

  it('begins anew after a question has been asked in between', async () => {
    const stream = new FakeOutput(screen);
    const { report, finish } = await reporter('tty', stream);
    report({ type: 'notice', text: 'one' });
    finish();
    stream.write('Really? yes\n');
    report({ type: 'notice', text: 'two' });
    finish();
    expect(stream.screen).toBe('! one\nReally? yes\n! two\n');
  });
});

describe('a late reporter', () => {
  it('is not loaded where nothing is reported', async () => {
    const load = vi.fn();
    await createLateReporter(load).finish();
    expect(load).not.toHaveBeenCalled();
  });

  it('passes on every event in order, those before it was loaded too', async () => {
    const seen: string[] = [];
    let finished = 0;
    const late = createLateReporter(() =>
      Promise.resolve({
        report: (event) => seen.push(event.type === 'notice' ? event.text : ''),
        finish: () => (finished = seen.length),
      }),
    );
    late.report({ type: 'notice', text: 'a' });
    late.report({ type: 'notice', text: 'b' });
    await late.finish();
    late.report({ type: 'notice', text: 'c' });
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(finished).toBe(2);
  });
});
