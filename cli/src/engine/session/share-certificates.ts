import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkspaceFolder } from '../host/workspace-folder.ts';
import { stateOf } from '../load/host-files.ts';
import { findCaFiles, joinCaFiles } from './host-certificates.ts';
import { shareText } from './run-folder.ts';

/**
 * Puts the host's certificate authorities into the run folder, and gives the file's name there;
 * undefined where the host has none. A note says what the file was made from, as reading some
 * hundred kilobytes three times is much of a short `exec`.
 */
export async function shareCertificates(
  { run, certificates: note }: WorkspaceFolder,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const name = 'ca-certificates.crt';
  const paths = await findCaFiles(environment, process.platform);
  if (paths.length === 0) return undefined;
  // The copy is looked at too: a session inside may have changed it.
  const states = (): string =>
    JSON.stringify([...paths, join(run, name)].map((path) => [path, stateOf(path, true)]));
  const before = states();
  if ((await readFile(note, 'utf8').catch(() => undefined)) === before) return name;
  await shareText(await joinCaFiles(paths), run, name);
  await writeFile(note, states());
  return name;
}
