import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import {
  readProgress,
  type ProgressMessage,
} from '../../../cli/src/engine/docker/progress-stream.ts';

describe('readProgress', () => {
  it('puts messages together however the connection cuts them', async () => {
    const bytes = Buffer.from('{"stream":"grüß"}\r\n\r\n{"status":"a","id":"b"}\n{"error":"end"}');
    const source = Readable.from([...bytes].map((byte) => Buffer.from([byte])));
    expect(await collect(source)).toEqual([
      { stream: 'grüß' },
      { status: 'a', id: 'b' },
      { error: 'end' },
    ]);
  });

  it('says that the engine went away when the connection breaks', async () => {
    const source = Readable.from(
      (async function* () {
        yield Buffer.from('{"stream":"x"}\n{"str');
        throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
      })(),
    );
    await expect(collect(source)).rejects.toMatchObject({
      code: 'engine_unreachable',
      message: expect.stringContaining('unix:///engine') as string,
    });
  });

  it('lets go of the connection when it is interrupted, although nothing comes', async () => {
    const source = new Readable({ read: () => undefined });
    const controller = new AbortController();
    const collected = collect(source, controller.signal);
    controller.abort();
    await expect(collected).rejects.toMatchObject({ code: 'interrupted' });
    expect(source.destroyed).toBe(true);
  });

  it('lets go of the connection when its reader has had enough', async () => {
    const source = Readable.from([Buffer.from('{"error":"no"}\n'), Buffer.from('{"a":1}\n')]);
    for await (const message of read(source)) if (message.error !== undefined) break;
    expect(source.destroyed).toBe(true);
  });
});

function read(source: Readable, signal?: AbortSignal): AsyncGenerator<ProgressMessage> {
  return readProgress(source, { what: 'build', host: 'unix:///engine', signal });
}

async function collect(source: Readable, signal?: AbortSignal): Promise<ProgressMessage[]> {
  const messages: ProgressMessage[] = [];
  for await (const message of read(source, signal)) messages.push(message);
  return messages;
}
