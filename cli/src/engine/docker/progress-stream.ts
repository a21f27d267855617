import type { Readable } from 'node:stream';
import { DevenvError } from '../../errors.ts';
import { translateEngineError } from './errors.ts';

/** One line of what the engine says during a pull, a build or an import. */
export interface ProgressMessage {
  /** Output of a build. */
  stream?: string;
  status?: string;
  /** The layer that `status` is about. */
  id?: string;
  progressDetail?: { current?: number; total?: number };
  error?: string;
  /** The image's id; for BuildKit's progress, a protobuf message in base64. */
  aux?: { ID?: string } | string;
}

interface Call {
  /** The call, for messages: "build", "pull debian". */
  what: string;
  /** Where the engine listens. */
  host: string;
  signal: AbortSignal | undefined;
}

/**
 * The messages of a progress stream, as they come. Throws what the connection suffers, and
 * `interrupted` once the signal is aborted; a message with `error` is the caller's to judge.
 */
export async function* readProgress(source: Readable, call: Call): AsyncGenerator<ProgressMessage> {
  const stop = (): void => {
    source.destroy();
  };
  call.signal?.addEventListener('abort', stop);
  try {
    for await (const line of lines(source)) {
      if (line.trim() !== '') yield JSON.parse(line) as ProgressMessage;
    }
  } catch (error) {
    throwIfInterrupted(call.signal);
    throw translateEngineError(error, call.what, call.host);
  } finally {
    call.signal?.removeEventListener('abort', stop);
    source.destroy();
  }
  throwIfInterrupted(call.signal);
}

/** Throws `interrupted` where the person has asked to stop. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new DevenvError('interrupted', 'Interrupted.');
}

async function* lines(source: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of source) {
    const parts = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  yield rest + decoder.decode();
}
