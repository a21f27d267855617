import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { Demultiplexer } from '../../../cli/src/engine/session/demultiplex.ts';
import { SessionOutput } from '../../../cli/src/engine/session/session-output.ts';

it('keeps the order of what comes before and after the announcement in one chunk', async () => {
  let written = '';
  const stdout = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      written += chunk.toString();
      setImmediate(done);
    },
  });
  const stderr = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = new SessionOutput({
    stdout,
    stderr,
    announcedOn: 'stderr',
    echo: false,
    onClosed: () => {},
  });
  const frames = new Demultiplexer((channel, piece) => output.deliver(channel, piece));
  const chunk = Buffer.concat([
    frame(1, 'a'),
    frame(1, 'b'),
    frame(2, 'devenv-session 7\n'),
    frame(1, 'c'),
  ]);
  await new Promise((resolve) => frames.end(chunk, () => resolve(undefined)));
  expect(written).toBe('abc');
});

function frame(channel: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = channel;
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, Buffer.from(text)]);
}
