import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract, pack, type Header, type Pack } from 'tar-stream';
import type { BuildContext } from '../engine/image/build-context.ts';
import { DevenvError } from '../errors.ts';
import { contextEntry } from './context-entry.ts';

/** Bytes and entries of a context: more than a build has any use for. */
const mostBytes = 8 * 1024 ** 3;
const mostEntries = 1_000_000;

/** Bytes of a .dockerignore, which is held in memory. */
const longestRules = 1024 * 1024;

/** The same at every build, so that what was built before counts. */
const ours = { mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) };

/**
 * The context as the engine gets it: what a process of the person's has packed, entry by entry
 * written anew, so that both read the same; at its end the Dockerfile that was judged, by a name
 * that .dockerignore names too. Whatever else is in the tar, the last one of a name counts.
 *
 * @param packer Why the process has not packed everything, or undefined, once it has ended; and
 *   what ends it.
 */
export function checkContext(
  tar: Readable,
  dockerfile: string,
  onSent: (bytes: number) => void,
  packer: { failure: Promise<DevenvError | undefined>; stop: () => void },
): BuildContext {
  const name = `.dockerfile.${createHash('sha256').update(dockerfile).digest('hex').slice(0, 20)}`;
  const checked = pack();
  // Nobody may be there any more to whom it matters.
  checked.on('error', () => undefined);
  const { failure, stop } = packer;
  const work = async (): Promise<void> => {
    const rules = await copyEntries(tar, checked);
    // A tar that was cut off is none to build from.
    const problem = await failure;
    if (problem !== undefined) throw problem;
    const ignored = Buffer.from(`${rules ?? '.dockerignore'}\n${name}\n`);
    await add(checked, { name: '.dockerignore', ...ours }, ignored);
    await add(checked, { name, ...ours }, Buffer.from(dockerfile));
    checked.finalize();
  };
  const done = work().catch(async (error: unknown) => {
    stop();
    const known = error instanceof DevenvError ? error : await failure;
    const explained = known ?? refused('it is no tar', error);
    checked.destroy(explained);
    throw explained;
  });
  // Whoever reads hears of it, if anybody still does.
  done.catch(() => undefined);
  return {
    tar: Readable.from(counted(checked, done, onSent), { objectMode: false }),
    dockerfile: name,
  };
}

/** Gives the text of .dockerignore, which is not copied. */
async function copyEntries(tar: Readable, checked: Pack): Promise<string | undefined> {
  const entries = extract();
  const reading = pipeline(tar, entries);
  // Whoever waits for an entry hears of it.
  reading.catch(() => undefined);
  let rules: string | undefined;
  let count = 0;
  let bytes = 0;
  for await (const entry of entries) {
    const judged = contextEntry(entry.header);
    if (judged === 'left out') {
      entry.resume();
      continue;
    }
    if ('problem' in judged) throw refused(judged.problem);
    const { header, size } = judged;
    count += 1;
    bytes += size;
    if (count > mostEntries) throw refused(`it has more than ${mostEntries} files`);
    if (bytes > mostBytes) throw refused(`it has more than ${mostBytes / 1024 ** 3} GB`);
    if (header.type === 'file' && header.name === '.dockerignore') {
      if (size > longestRules) throw refused('its .dockerignore is too long');
      rules = await text(entry);
    } else if (header.type === 'file') {
      await pipeline(entry, checked.entry(header));
    } else {
      entry.resume();
      await add(checked, header);
    }
  }
  await reading;
  return rules;
}

function add(
  checked: Pack,
  header: Partial<Header> & { name: string },
  content?: Buffer,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => (error ? reject(error) : resolve());
    if (content === undefined) checked.entry(header, done);
    else checked.entry(header, content, done);
  });
}

/** In chunks of a size that is worth a write. */
async function* counted(
  tar: Pack,
  done: Promise<void>,
  onSent: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of tar as AsyncIterable<Buffer>) {
      yield chunk;
      bytes += chunk.length;
      onSent(bytes);
    }
  } catch (error) {
    // What has gone wrong first says more than what the stream has suffered from it.
    await done;
    throw error;
  }
}

function refused(problem: string, cause?: unknown): DevenvError {
  return new DevenvError('build_failed', `The build context cannot be used: ${problem}.`, {
    hint: 'Name what is not to be sent in .dockerignore.',
    cause,
  });
}
