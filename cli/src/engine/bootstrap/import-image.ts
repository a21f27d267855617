import { randomBytes } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import { DevenvError } from '../../errors.ts';
import type { Docker } from '../docker.ts';
import { readProgress } from '../docker/progress-stream.ts';
import type { BaseImage } from './parse-reference.ts';

/** A root file system on its way: `complete` fails when the tar is not all of it. */
export interface RootFileSystem {
  tar: Readable;
  complete: Promise<void>;
}

/**
 * Makes an image of a root file system. It gets its name only when every byte has arrived: half a
 * tar can be a valid one.
 */
export async function importImage(
  docker: Docker,
  image: BaseImage,
  { tar, complete }: RootFileSystem,
  signal: AbortSignal,
): Promise<void> {
  const temporary = { repository: 'devenv-bootstrap', tag: randomBytes(6).toString('hex') };
  const name = `${temporary.repository}:${temporary.tag}`;
  try {
    const sending = send(docker, tar, temporary, image, signal);
    // The engine's side is waited for even when ours fails, lest an image comes of it later.
    for (const result of await Promise.allSettled([complete, sending])) {
      if (result.status === 'rejected') throw result.reason;
    }
    const [repository = '', tag = ''] = image.reference.split(':');
    await docker.tagImage(name, repository, tag);
  } finally {
    await docker.removeImage(name);
  }
}

async function send(
  docker: Docker,
  tar: Readable,
  { repository, tag }: { repository: string; tag: string },
  image: BaseImage,
  signal: AbortSignal,
): Promise<void> {
  // The request ends with the tar, also when that breaks off; `complete` tells the difference.
  const body = new PassThrough();
  tar.on('error', () => body.end());
  tar.pipe(body);
  const answer = await docker.importImage(body, repository, tag, changes(image));
  const call = { what: `import ${image.reference}`, host: docker.host, signal };
  for await (const { error } of readProgress(answer, call)) {
    if (error === undefined) continue;
    throw new DevenvError(
      'bootstrap_failed',
      `The engine did not take ${image.reference}: ${error}`,
      {
        hint: 'See whether the engine’s disk is full; "devenv doctor" tells.',
      },
    );
  }
}

function changes({ reference }: BaseImage): string[] {
  return [
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'CMD ["bash"]',
    `LABEL devenv.bootstrap=${reference}`,
  ];
}
