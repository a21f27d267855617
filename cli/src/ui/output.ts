import type { Writable } from 'node:stream';

/** stdout or stderr, or a test's stand-in for them. */
export interface Output extends Writable {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** Whether colours go to this stream: NO_COLOR and FORCE_COLOR decide, then the terminal. */
export function wantsColor(stream: Output, environment: NodeJS.ProcessEnv): boolean {
  const { NO_COLOR: no, FORCE_COLOR: force, TERM: term } = environment;
  if (no !== undefined && no !== '') return false;
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false';
  return stream.isTTY === true && term !== 'dumb';
}

/**
 * Writes text and waits until it is on its way. A reader that went away (`devenv ls | head -1`)
 * is no failure of ours.
 */
export function write(stream: Output, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text, () => resolve());
  });
}
