import { DevenvError } from '../../errors.ts';
import { pipeThrough, type RunAs } from './pipe-through.ts';

/**
 * Makes a folder, and those above it, with the rights of somebody else and no more: a link on the
 * way leads only to where that person could go. Throws `folder_unusable`.
 */
export async function makeFolderAs(path: string, { uid, gid }: RunAs): Promise<void> {
  const { exitCode, output } = await pipeThrough(['mkdir', '-p', '--', path], '', { uid, gid });
  if (exitCode === 0) return;
  throw new DevenvError('folder_unusable', `The folder ${path} cannot be made by you.`, {
    hint: 'A volume is to be mounted there: make the folder, or correct the devenv file.',
    details: output.trim().split('\n'),
  });
}
