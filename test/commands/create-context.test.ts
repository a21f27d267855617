import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Context, GlobalOptions } from '../../cli/src/commands/context.ts';
import { createContext } from '../../cli/src/commands/create-context.ts';
import { DevenvError } from '../../cli/src/errors.ts';
import { surroundings, type FakeSurroundings } from './program.ts';

function create(change: Partial<GlobalOptions> = {}): {
  context: Context;
  outside: FakeSurroundings;
} {
  const outside = surroundings(tmpdir());
  const options: GlobalOptions = {
    directory: undefined,
    file: undefined,
    workspace: undefined,
    host: undefined,
    json: false,
    progress: 'plain',
    yes: false,
    dryRun: false,
    ...change,
  };
  return { context: createContext(outside, options), outside };
}

/** Work that lasts until its signal is aborted, and then fails in a way of its own. */
function untilAborted(signal: AbortSignal, failure: Error): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(failure));
  });
}

describe('work that takes a while', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('is interrupted by %s', async (signal) => {
    const { context, outside } = create();
    const work = context.work((tools) => untilAborted(tools.signal, new Error('socket hang up')));
    outside.signals.emit(signal);
    await expect(work).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 });
  });

  it('keeps what an interrupted step says of itself', async () => {
    const { context, outside } = create();
    const own = new DevenvError('interrupted', 'Interrupted: pull was not finished.');
    const work = context.work(({ signal }) => untilAborted(signal, own));
    outside.signals.emit('SIGINT');
    await expect(work).rejects.toBe(own);
  });

  it('tells of a failure that an interruption has led to', async () => {
    const { context, outside } = create();
    const late = new DevenvError('engine_failed', 'The engine could not stop x.');
    const work = context.work(({ signal }) => untilAborted(signal, late));
    outside.signals.emit('SIGINT');
    await expect(work).rejects.toMatchObject({
      code: 'interrupted',
      details: ['The engine could not stop x.'],
    });
  });

  it('goes on undoing after a second Ctrl-C, and says so', async () => {
    const { context, outside } = create();
    let undone = (): void => undefined;
    const work = context.work(async ({ signal }) => {
      await new Promise<void>((resolve) => (undone = resolve));
      signal.throwIfAborted();
    });
    outside.signals.emit('SIGINT');
    outside.signals.emit('SIGINT');
    await Promise.resolve();
    // A third one finds no listener, and so ends the process.
    expect(outside.signals.eventNames()).toEqual([]);
    undone();
    await expect(work).rejects.toMatchObject({ code: 'interrupted' });
    expect(outside.stderr.text).toContain('Still taking back');
  });

  it('that succeeds although it was interrupted has succeeded', async () => {
    const { context, outside } = create();
    const work = context.work(async () => {
      outside.signals.emit('SIGINT');
      return 'done';
    });
    await expect(work).resolves.toBe('done');
  });

  it('gives the signals back however it ends', async () => {
    const { context, outside } = create();
    await context.work(async () => undefined);
    await context.work(() => Promise.reject(new Error('x'))).catch(() => undefined);
    expect(outside.signals.eventNames()).toEqual([]);
  });

  it('leaves its other failures as they are', async () => {
    const { context } = create();
    const failure = new Error('x');
    await expect(context.work(() => Promise.reject(failure))).rejects.toBe(failure);
  });

  it('shows its progress on stderr and nothing on stdout', async () => {
    const { context, outside } = create();
    await context.work(async ({ report }) => report({ type: 'notice', text: 'hello' }));
    expect(outside.stderr.text).toBe('[   0.0s] note: hello\n');
    expect(outside.stdout.text).toBe('');
  });
});

describe('a question', () => {
  it('is answered by --yes without being asked', async () => {
    const { context, outside } = create({ yes: true });
    expect(await context.work(({ confirm }) => confirm('Really?'))).toBe(true);
    expect(outside.stderr.text).toBe('');
  });

  it('fails where nobody can be asked, after the progress so far', async () => {
    const { context, outside } = create();
    const work = context.work(async ({ report, confirm }) => {
      report({ type: 'notice', text: 'before' });
      return confirm('Really?');
    });
    await expect(work).rejects.toMatchObject({ code: 'confirmation_needed', exitCode: 2 });
    expect(outside.stderr.text).toContain('before');
  });
});

describe('a result', () => {
  it('is text for people, and JSON with --json', async () => {
    const text = create();
    await text.context.result({ a: 1 }, () => 'one\n');
    expect(text.outside.stdout.text).toBe('one\n');
    const json = create({ json: true });
    await json.context.result({ a: 1 }, () => 'one\n');
    expect(json.outside.stdout.text).toBe('{\n  "a": 1\n}\n');
  });
});
