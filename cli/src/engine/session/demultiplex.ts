import { Writable } from 'node:stream';
import { writeTo } from './write-to.ts';

export type Channel = 'stdout' | 'stderr';

/** Takes one piece of a channel; settles when the next may come. */
export type Deliver = (channel: Channel, piece: Buffer) => Promise<void>;

/**
 * Divides the engine's multiplexed stream between two of ours: 8 bytes of header, of which the
 * first is the channel (0 and 1 stdout, 2 stderr) and the last four the length, big-endian.
 */
export function demultiplex(stdout: Writable, stderr: Writable): Writable {
  const targets = { stdout, stderr };
  return new Demultiplexer((channel, piece) => writeTo(targets[channel], piece));
}

/** The same for a taker of its own. Pieces are handed on as they come; nothing is collected. */
export class Demultiplexer extends Writable {
  readonly #deliver: Deliver;
  readonly #header = Buffer.alloc(8);
  #headerLength = 0;
  #left = 0;

  constructor(deliver: Deliver) {
    super();
    this.#deliver = deliver;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    Promise.all(this.#divide(chunk)).then(() => done(), done);
  }

  #divide(chunk: Buffer): Promise<void>[] {
    const deliveries: Promise<void>[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        at += this.#readHeader(chunk, at);
        continue;
      }
      const piece = chunk.subarray(at, at + this.#left);
      at += piece.length;
      this.#left -= piece.length;
      deliveries.push(this.#deliver(this.#header[0] === 2 ? 'stderr' : 'stdout', piece));
    }
    return deliveries;
  }

  #readHeader(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.#header, this.#headerLength, at);
    this.#headerLength += taken;
    if (this.#headerLength === 8) {
      this.#headerLength = 0;
      this.#left = this.#header.readUInt32BE(4);
    }
    return taken;
  }
}
