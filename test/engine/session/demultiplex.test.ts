import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Demultiplexer, demultiplex } from '../../../cli/src/engine/session/demultiplex.ts';

describe('demultiplexing the engine’s stream', () => {
  it('gives both channels their bytes in order, however the stream is cut', async () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 })));
    await fc.assert(
      fc.asyncProperty(frames, fc.integer({ min: 1, max: 20 }), async (list, size) => {
        const stdout = collector();
        const stderr = collector();
        const bytes = Buffer.concat(list.map(([channel, payload]) => frame(channel, payload)));
        await pipeline(Readable.from(cut(bytes, size)), demultiplex(stdout, stderr));
        expect(stdout.bytes()).toEqual(payloads(list, 1));
        expect(stderr.bytes()).toEqual(payloads(list, 2));
      }),
    );
  });

  it('takes no more while a piece has not been delivered', async () => {
    let deliver!: () => void;
    const target = new Demultiplexer(() => new Promise((resolve) => (deliver = resolve)));
    let taken = false;
    target.write(frame(1, Buffer.from('one')), () => (taken = true));
    await new Promise(setImmediate);
    expect(taken).toBe(false);
    deliver();
    await new Promise(setImmediate);
    expect(taken).toBe(true);
  });

  it('fails when one of its targets does', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('no')) });
    broken.on('error', () => {});
    const source = Readable.from([frame(1, Buffer.from('one'))]);
    await expect(pipeline(source, demultiplex(broken, collector()))).rejects.toThrow('no');
  });
});

function frame(channel: number, payload: Uint8Array): Buffer {
  const header = Buffer.from([channel, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

function payloads(list: [number, Uint8Array][], wanted: number): Buffer {
  return Buffer.concat(list.flatMap(([channel, payload]) => (channel === wanted ? [payload] : [])));
}

function* cut(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function collector(): Writable & { bytes: () => Buffer } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return Object.assign(stream, { bytes: () => Buffer.concat(chunks) });
}
