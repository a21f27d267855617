import { setTimeout } from 'node:timers/promises';
import { DevenvError } from '../../errors.ts';

/**
 * Waits until `check` holds; false when it does not within `seconds`. For what belongs to other
 * processes and sends us no event. Fails with `interrupted` on an abort.
 */
export async function waitUntil(
  check: () => Promise<boolean>,
  seconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    if (await check()) return true;
    if (Date.now() > end) return false;
    try {
      await setTimeout(50, undefined, { signal });
    } catch (cause) {
      throw new DevenvError('interrupted', 'Interrupted while waiting for the engine.', { cause });
    }
  }
}
