import { readFileSync, statSync } from 'node:fs';

const largest = 1_000_000;

/** One line of a file, to show with a diagnostic; undefined when it cannot be read safely. */
export function readSourceLine(file: string, line: number): string | undefined {
  try {
    // Anything but a file of ordinary size (a FIFO, say) could block or flood.
    const facts = statSync(file);
    if (!facts.isFile() || facts.size > largest) return undefined;
    return readFileSync(file, 'utf8').split(/\r?\n/)[line - 1];
  } catch {
    // The excerpt is an extra; the message stands without it.
    return undefined;
  }
}
