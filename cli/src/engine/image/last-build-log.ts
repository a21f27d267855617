import { readFile } from 'node:fs/promises';
import { DevenvError } from '../../errors.ts';
import type { Workspace } from '../workspace.ts';

/**
 * The output of the last build for a workspace, whether it succeeded or not; needs no engine.
 * Fails with `image_not_found` when nothing was built for it yet.
 *
 * @param tail How many of its last lines; undefined gives all.
 */
export async function lastBuildLog(
  { folder, config }: Pick<Workspace, 'folder' | 'config'>,
  tail: number | undefined,
): Promise<string> {
  const text = await readLog(folder.buildLog);
  if (text === undefined) {
    throw new DevenvError('image_not_found', 'No image was built for this workspace yet.', {
      hint:
        config.image.kind === 'build'
          ? 'Run "devenv up": it builds the image, and shows the output meanwhile.'
          : `Its image ${config.image.reference} is not built but pulled; "build: ." in devenv.yaml builds a Dockerfile.`,
    });
  }
  if (tail === undefined) return text;
  const lines = text.replace(/\n$/, '').split('\n');
  return tail === 0 ? '' : `${lines.slice(-tail).join('\n')}\n`;
}

async function readLog(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new DevenvError('folder_unusable', `The log ${file} cannot be read: ${message}.`, {
      hint: 'Give the file to yourself, or remove it: the next build writes a new one.',
      cause,
    });
  }
}
