import { readFile, stat } from 'node:fs/promises';
import type { ImageSource } from '../../config/config.ts';
import { DevenvError } from '../../errors.ts';
import { packContext, type BuildContext } from './build-context.ts';
import { hashContext } from './context-hash.ts';
import { explainMissingSource } from './missing-source.ts';

export type BuildSource = Extract<ImageSource, { kind: 'build' }>;

/** What a build takes of the host's files, and who reads them: on a shared host that is not root. */
export interface BuildFiles {
  /** The Dockerfile's text; throws `config_invalid` where there is none that could be read. */
  readDockerfile(): Promise<string>;
  /** Hash of what `sources` names of the context. */
  hashContext(sources: string[]): Promise<string>;
  /** The same as a tar, with the Dockerfile in it. `onSent` hears how many bytes were taken. */
  packContext(sources: string[], onSent: (bytes: number) => void): Promise<BuildContext>;
  /** What to do about it where the engine has said that the context lacks a file. */
  explainMissing(said: string, dockerfile: string): Promise<string | undefined>;
}

/** Read by this process; files that are known from `cacheFolder` are not hashed again. */
export function ownBuildFiles(source: BuildSource, cacheFolder?: string): BuildFiles {
  return {
    readDockerfile: () => readDockerfileText(source),
    hashContext: (sources) => hashContext(source, sources, cacheFolder),
    packContext: (sources, onSent) => packContext({ ...source, sources, onSent }),
    explainMissing: (said, text) => explainMissingSource(said, { ...source, text }),
  };
}

/** The Dockerfile's text; `config_invalid` where there is none that could be read. */
export async function readDockerfileText({ dockerfile, context }: BuildSource): Promise<string> {
  const folder = await stat(context).catch(() => undefined);
  if (folder?.isDirectory() !== true) {
    throw new DevenvError('config_invalid', `The build context ${context} is not a folder.`, {
      hint: 'Correct "build.context" in the devenv file, or make the folder.',
    });
  }
  try {
    // Opening a pipe would wait for a writer.
    if ((await stat(dockerfile)).isFile()) return await readFile(dockerfile, 'utf8');
  } catch (cause) {
    throw new DevenvError('config_invalid', `The Dockerfile ${dockerfile} cannot be read.`, {
      hint: 'Correct "build.dockerfile" in the devenv file, or write the Dockerfile.',
      cause,
    });
  }
  throw new DevenvError('config_invalid', `The Dockerfile ${dockerfile} is not a file.`, {
    hint: 'Correct "build.dockerfile" in the devenv file.',
  });
}
