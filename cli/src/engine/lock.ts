import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DevenvError } from '../errors.ts';

/** A holder that has not shown life for this long was killed, and its lock counts for nothing. */
const staleMilliseconds = 5_000;

/** Half an hour: builds take their time, and a waiting call loses nothing by waiting on. */
const waitSeconds = 1_800;

/**
 * Runs `work` while no other devenv changes the same workspace, so that concurrent calls become
 * one call. The lock is released however `work` ends; after a kill -9 it expires.
 */
export async function withLock<T>(
  path: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const { lock } = await import('proper-lockfile');
  await mkdir(dirname(path), { recursive: true });
  const release = await acquire(() =>
    lock(path, { realpath: false, stale: staleMilliseconds, update: staleMilliseconds / 3 }),
  );
  try {
    return await work();
  } finally {
    await release();
  }

  async function acquire(take: () => Promise<() => Promise<void>>): Promise<() => Promise<void>> {
    const end = Date.now() + waitSeconds * 1_000;
    for (let pause = 20; ; pause = Math.min(pause * 1.5, 250)) {
      try {
        return await take();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
        if (Date.now() > end) throw lockTimeout(path);
      }
      await sleep(pause, signal);
    }
  }
}

/** Another process holds the lock and cannot tell us when it lets go, so we look again. */
async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { setTimeout } = await import('node:timers/promises');
  try {
    await setTimeout(milliseconds, undefined, { signal });
  } catch (cause) {
    throw new DevenvError('interrupted', 'Interrupted while waiting for another devenv.', {
      cause,
    });
  }
}

function lockTimeout(path: string): DevenvError {
  return new DevenvError(
    'lock_timeout',
    'Another devenv has been changing this workspace for half an hour.',
    {
      hint: `See what it does (ps ax | grep devenv) and end it; if there is none, remove ${path}.lock.`,
    },
  );
}
