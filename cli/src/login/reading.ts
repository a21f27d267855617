import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { UserSettings } from '../config/user-settings.ts';
import type { Diagnostic } from '../config/diagnostic.ts';
import { load } from '../engine/load/load.ts';
import { findSource, hashDockerfile } from '../engine/load/source.ts';
import { RecordedFiles } from '../engine/load/host-files.ts';
import { resolveSecrets } from '../engine/session/secrets.ts';
import type { SourceFacts } from '../plan/world.ts';
import { findRepository, type Wanted } from './find-repository.ts';

/** Bytes of a Dockerfile: more than anybody writes by hand. */
export const longestDockerfile = 64 * 1024;

/** What the broker asks the reader for. */
export interface ReadingRequest extends Wanted {
  /** What holds where the repository's file, if there is one, says nothing. */
  defaults: Required<Pick<UserSettings, 'image' | 'home'>>;
}

/** What the reader found out, with no more rights than the person has. */
export type Reading =
  | Reader
  /** The repositories to choose from. */
  | { names: string[] }
  /** Why it cannot be used, ready to be shown. */
  | { failure: { text: string; /** The repository, where it was found. */ folder?: string } };

export interface Reader {
  config: Config;
  source: SourceFacts;
  secrets: Record<string, string>;
  /** Remarks on the file, as text. */
  warnings: string[];
  /** The text of the Dockerfile, where it can be read. */
  dockerfile?: string | undefined;
}

/**
 * Finds the repository that is wanted and reads its devenv file with all that belongs to it. It is
 * called in a process that has dropped to the person, since the files are theirs: what they may
 * not read is not read for them. Throws as `load` does.
 */
export async function readRepository(
  request: ReadingRequest,
  onFound: (folder: string) => void,
): Promise<Reader | { names: string[] } | { diagnostics: Diagnostic[] }> {
  const found = await findRepository(request);
  if ('names' in found) return found;
  const root = found.folder;
  onFound(root);
  const files = new RecordedFiles();
  const name = ['devenv.yaml', 'devenv.yml'].find((one) => files.isThere(join(root, one)) === true);
  const { config, diagnostics } = await load({
    cwd: root,
    environment: {},
    home: request.home,
    defaults: request.defaults,
    // Not the one of a folder above, which may be somebody else's.
    ...(name === undefined ? { project: plainFolder(root) } : { file: join(root, name) }),
  });
  if (config === undefined) return { diagnostics };
  const source = {
    ...(await findSource(config.project.root, request.home)),
    dockerfile: await hashDockerfile(config),
  };
  const warnings = diagnostics.filter(({ code }) => code !== 'default-image');
  const messages = warnings.map(({ message }) => message);
  const [secrets, dockerfile] = await Promise.all([secretsOf(config), textOf(config)]);
  return { config, source, secrets, warnings: messages, dockerfile };
}

function plainFolder(root: string): Config['project'] {
  return { root, file: undefined, name: basename(root) || 'root', environment: '' };
}

/** Whether something can be built is for the policy to say, also where there is no file. */
async function textOf({ image }: Config): Promise<string | undefined> {
  if (image.kind !== 'build') return undefined;
  const facts = await stat(image.dockerfile).catch(() => undefined);
  if (facts?.isFile() !== true || facts.size > longestDockerfile) return undefined;
  return readFile(image.dockerfile, 'utf8').catch(() => undefined);
}

/** Those that a command would give are for the policy to refuse; nothing is run on this host. */
function secretsOf({ secrets, project }: Config): Promise<Record<string, string>> {
  const harmless = Object.entries(secrets).filter(([, { from }]) => from !== 'command');
  return resolveSecrets(Object.fromEntries(harmless), {}, project.root);
}
