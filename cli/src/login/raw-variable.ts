import { readFile } from 'node:fs/promises';

/**
 * A variable of this process as it was started with, byte for byte: process.env holds text, and
 * what a client sends need not be any. Undefined when it is not set.
 */
export async function rawVariable(name: string): Promise<Buffer | undefined> {
  const block = await readFile('/proc/self/environ');
  const prefix = Buffer.from(`${name}=`);
  for (let start = 0; start < block.length;) {
    const end = block.indexOf(0, start);
    const stop = end === -1 ? block.length : end;
    if (block.subarray(start, start + prefix.length).equals(prefix)) {
      return block.subarray(start + prefix.length, stop);
    }
    start = stop + 1;
  }
  return undefined;
}
