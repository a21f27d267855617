import { setTimeout as pause } from 'node:timers/promises';

/** Asks until the answer satisfies; after so many milliseconds it fails with the last answer. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  satisfies: (answer: T) => boolean,
  milliseconds = 10_000,
): Promise<T> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (Date.now() > end)
      throw new Error(`still ${JSON.stringify(answer)} after ${milliseconds} ms`);
    await pause(100);
  }
}
