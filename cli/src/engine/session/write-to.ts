import type { Writable } from 'node:stream';

/** Writes and waits until the bytes have left this process; rejects when the stream fails. */
export function writeTo(target: Writable, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    target.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}
