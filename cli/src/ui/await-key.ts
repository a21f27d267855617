import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';

interface Keyboard extends Readable {
  isTTY?: boolean;
  setRawMode?: (raw: boolean) => unknown;
}

const interrupt = '\u0003';

/**
 * Settles when the key is pressed; never where there is no terminal, or after the signal. Ctrl-C,
 * which is a key like any other meanwhile, sets off `onInterrupt`.
 */
export function awaitKey(
  key: string,
  stdin: Keyboard,
  { signal, onInterrupt }: { signal: AbortSignal; onInterrupt: () => void },
): Promise<void> {
  return new Promise((resolve) => {
    if (stdin.isTTY !== true || signal.aborted || isInBackground()) return;
    const onData = (keys: Buffer | string): void => {
      const text = keys.toString();
      if (text.includes(interrupt)) onInterrupt();
      else if (text.includes(key)) resolve();
    };
    const stop = (): void => {
      stdin.off('data', onData);
      stdin.pause();
      stdin.setRawMode?.(false);
    };
    signal.addEventListener('abort', stop, { once: true });
    stdin.setRawMode?.(true);
    stdin.on('data', onData);
    stdin.resume();
  });
}

/** Where reading from the terminal would stop the program: after `devenv watch &`. */
function isInBackground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group !== foreground;
  } catch {
    // Only Linux tells; elsewhere few run it there.
    return false;
  }
}
