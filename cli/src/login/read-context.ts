import { pipeline } from 'node:stream/promises';
import { packContext } from '../engine/image/build-context.ts';
import { hashContext } from '../engine/image/context-hash.ts';
import { cacheFolder } from '../engine/host/paths.ts';

/** What the broker wants of the files of a build. */
export interface ContextRequest {
  wanted: 'hash' | 'tar';
  /** What of the context, as `copySources` gives it. */
  sources: string[];
  /** Absolute host paths. */
  dockerfile: string;
  context: string;
  home: string;
}

/**
 * Hashes a context or packs it, and writes that to `output`. It is called in a process that has
 * dropped to the person, and keeps what it has hashed in their own cache. Throws `build_failed`
 * where something cannot be read.
 */
export async function readContext(
  { wanted, sources, home, ...source }: ContextRequest,
  output: NodeJS.WritableStream,
): Promise<void> {
  if (wanted === 'hash') {
    output.write(await hashContext(source, sources, cacheFolder({}, home, 'linux')));
    return;
  }
  const { tar } = await packContext({ ...source, sources, onSent: () => undefined, bare: true });
  await pipeline(tar, output, { end: false });
}
