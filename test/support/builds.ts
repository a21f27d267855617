import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { buildImage, type BuildOptions } from '../../cli/src/engine/image/build.ts';
import type { ApplyEvent } from '../../cli/src/engine/events.ts';
import type { BuildSource } from '../../cli/src/engine/image/build-files.ts';
import { readFileFromTar } from '../../cli/src/engine/container/tar.ts';
import { buildSource } from './build-source.ts';
import { engineApi } from './engine-api.ts';
import { testEngine } from './engine.ts';
import { testFolder, type Files } from './temp-folder.ts';

/** Builds a Dockerfile of these lines; the image is gone after the test. */
export async function buildLines(
  lines: string[],
  files: Files,
  changes: Partial<BuildOptions> = {},
  given?: string,
  more: Partial<BuildSource> = {},
): Promise<{ reference: string; events: ApplyEvent[] }> {
  const folder = given ?? (await testFolder(files));
  await writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
  const source = buildSource(folder, more);
  const events: ApplyEvent[] = [];
  const repository = `devenv-test/lines-${randomUUID().slice(0, 8)}`;
  const nameImage = (inputs: string): string => `${repository}:${inputs.slice(0, 12)}`;
  const reference = await buildImage(testEngine(), source, nameImage, {
    noCache: false,
    pull: false,
    environment: {},
    logFile: join(folder, 'build.log'),
    report: (event) => events.push(event),
    index: 0,
    ...changes,
  });
  onTestFinished(async () => {
    await testEngine().removeImage(reference);
  });
  return { reference, events };
}

/** A file of an image; undefined where it has none of that name. */
export async function fileInImage(reference: string, path: string): Promise<string | undefined> {
  const docker = testEngine();
  const container = await docker.createProbe(reference, { 'devenv-test': '1' });
  try {
    const tar = await docker.getArchive(container, path);
    return tar && (await readFileFromTar(tar))?.toString();
  } finally {
    await docker.removeContainer(container);
  }
}

/** All that others get of an image: configuration, history and layers, as `docker save` has them. */
export async function wholeImage(reference: string): Promise<string> {
  const tar = await engineApi().getImage(reference).get();
  return (await buffer(tar as Readable)).toString('latin1');
}
