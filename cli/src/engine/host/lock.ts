import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DevenvError } from '../../errors.ts';

/** A holder that has not shown life for this long was killed, and its lock counts for nothing. */
const staleMilliseconds = 5_000;

/** Half an hour: builds take their time, and a waiting call loses nothing by waiting on. */
const waitSeconds = 1_800;

/** Milliseconds of waiting after which a person wonders what is going on. */
const noticeable = 1_000;

/**
 * Runs `work` while no other devenv changes the same workspace, so that concurrent calls become
 * one call; `onWait` is called when that takes a while. The lock is released however `work` ends;
 * after a kill -9 it expires.
 * Fails with `interrupted` or `lock_timeout` while waiting, `lock_lost` when this process stood
 * still for so long that another one went on in its place, and `folder_unusable`.
 */
export async function withLock<T>(
  path: string,
  signal: AbortSignal,
  work: () => Promise<T>,
  onWait: () => void = () => undefined,
): Promise<T> {
  const { lock } = await import('proper-lockfile');
  await makeFolder(dirname(path));
  let lose: (error: DevenvError) => void = () => undefined;
  const lost = new Promise<never>((_, reject) => (lose = reject));
  const release = await acquire(path, signal, onWait, () =>
    lock(path, {
      realpath: false,
      stale: staleMilliseconds,
      update: staleMilliseconds / 3,
      onCompromised: () => lose(lockLost()),
    }),
  );
  try {
    return await Promise.race([work(), lost]);
  } finally {
    // One that cannot be removed, or is not ours any more, expires.
    await release().catch(() => undefined);
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new DevenvError('disk_full', `There is no space left to write to ${folder}.`, {
        hint: 'Free some of it, then run the same command again.',
        cause,
      });
    }
    throw new DevenvError('folder_unusable', `The folder ${folder} cannot be made: ${message}.`, {
      hint: 'devenv keeps its notes there: give it to yourself, or set XDG_STATE_HOME to another one.',
      cause,
    });
  }
}

async function acquire(
  path: string,
  signal: AbortSignal,
  onWait: () => void,
  take: () => Promise<() => Promise<void>>,
): Promise<() => Promise<void>> {
  const start = Date.now();
  let said = false;
  for (let pause = 20; ; pause = Math.min(pause * 1.5, 250)) {
    try {
      return await take();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    }
    const waited = Date.now() - start;
    if (waited > waitSeconds * 1_000) throw lockTimeout(path);
    if (waited > noticeable && !said) {
      said = true;
      onWait();
    }
    await sleep(pause, signal);
  }
}

/** Another process holds the lock and cannot tell us when it lets go, so we look again. */
async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, { signal });
  } catch (cause) {
    throw new DevenvError('interrupted', 'Interrupted while waiting for another devenv.', {
      hint: 'Nothing was done. Run the same command again to wait on.',
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

function lockLost(): DevenvError {
  return new DevenvError(
    'lock_lost',
    'This devenv stood still for so long that another one changed the workspace in its place.',
    { hint: 'Run the same command again.' },
  );
}
