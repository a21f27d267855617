import { closeSync, constants, openSync, readSync, type Stats } from 'node:fs';

/** Bytes up to which reading a file at once beats a stream, and is done before anyone waits. */
const limit = 256 * 1024;

/** With them, a pipe that took a file's place does not wait for a writer. Windows has none. */
export const readFlags = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);

/**
 * The content of a small file; undefined where the file is not small or has another size by now.
 * Throws what opening and reading throw.
 */
export function readSmallFile(absolute: string, { size }: Stats): Buffer | undefined {
  if (size > limit) return undefined;
  const file = openSync(absolute, readFlags);
  try {
    // One byte more, to see whether it has grown.
    const buffer = Buffer.allocUnsafe(size + 1);
    return readSync(file, buffer) === size ? buffer.subarray(0, size) : undefined;
  } finally {
    closeSync(file);
  }
}
