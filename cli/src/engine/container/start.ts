import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../../config/config.ts';
import { DevenvError } from '../../errors.ts';
import type { Docker } from '../docker.ts';
import type { WorkspaceFolder } from '../host/workspace-folder.ts';
import { containerFacts } from '../observe.ts';
import { demultiplex } from '../session/demultiplex.ts';
import { noteMade } from './made.ts';

/** Milliseconds in which an image's own command shows whether it goes on: my_init takes 100. */
const grace = 500;

/** How many of its last lines are repeated in the message. */
const tailLines = 20;

/**
 * Starts a container. Fails when its image's own command ends at once, with its last words. What
 * that command makes at the first start is noted as its own.
 */
export async function startContainer(
  docker: Docker,
  container: string,
  init: Config['init'],
  folder: WorkspaceFolder,
): Promise<void> {
  if (init !== 'image') return docker.startContainer(container);
  const before = await docker.inspectContainer(container);
  const start = (): Promise<void> => startWithItsCommand(docker, container);
  if (before === undefined || containerFacts(before).startedAt !== undefined) return start();
  return noteMade(docker, folder, before.Id, start);
}

async function startWithItsCommand(docker: Docker, container: string): Promise<void> {
  await docker.startContainer(container);
  const status = await endWithin(docker, container);
  if (status === undefined) return;
  throw new DevenvError(
    'engine_failed',
    `The image’s own command ended at once, with status ${status}.`,
    {
      hint: 'With "init: image" the container lives as long as that command. Leave the line out, or give the image a CMD that goes on.',
      details: await lastWords(docker, container),
    },
  );
}

async function endWithin(docker: Docker, container: string): Promise<number | undefined> {
  const signal = AbortSignal.timeout(grace);
  try {
    return await docker.waitContainer(container, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function lastWords(docker: Docker, container: string): Promise<string[]> {
  const logs = await docker.containerLogs(container, { follow: false, tail: tailLines });
  const words = new PassThrough();
  const [all] = await Promise.all([
    text(words),
    pipeline(logs, demultiplex(words, words)).finally(() => words.end()),
  ]);
  return all.split('\n').filter((line) => line.trim() !== '');
}
