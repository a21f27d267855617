import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askYesOrNo } from '../../cli/src/ui/prompt.ts';
import { FakeOutput } from './fake-output.ts';

function terminal(): { stdin: PassThrough & { isTTY?: boolean }; stderr: FakeOutput } {
  return {
    stdin: Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined }),
    stderr: new FakeOutput({ columns: 80, rows: 24 }),
  };
}

function ask(keys: string): { answer: Promise<boolean>; stderr: FakeOutput } {
  const { stdin, stderr } = terminal();
  const { signal } = new AbortController();
  const answer = askYesOrNo('Remove it?', { stdin, stderr, signal });
  // The prompt listens once its library is loaded and the question is on the screen.
  const shown = setInterval(() => {
    if (!stderr.text.includes('Remove it?')) return;
    clearInterval(shown);
    stdin.write(keys);
  }, 5);
  return { answer, stderr };
}

describe('a question', () => {
  it('is answered by y', async () => {
    await expect(ask('y').answer).resolves.toBe(true);
  });

  it('is answered with no by Enter alone', async () => {
    await expect(ask('\r').answer).resolves.toBe(false);
  });

  it('is interrupted by Ctrl-C', async () => {
    await expect(ask('\u0003').answer).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('fails with the option that answers it where nobody can be asked', async () => {
    const stdin = new PassThrough();
    const stderr = new FakeOutput();
    const { signal } = new AbortController();
    await expect(askYesOrNo('Remove it?', { stdin, stderr, signal })).rejects.toMatchObject({
      code: 'confirmation_needed',
      hint: expect.stringContaining('--yes') as string,
    });
    expect(stderr.text).toBe('');
  });
});
