import { readDistribution } from '../host/distribution.ts';
import { findProgram, programPath } from '../host/find-program.ts';
import { runProgram } from '../host/run-program.ts';
import { parseAptOptions } from './apt-options.ts';
import { chooseSources, type ImageSources, indexCommand, parseIndexes } from './apt-sources.ts';
import type { BaseImage } from './parse-reference.ts';
import type { BootstrapPlace } from './place.ts';

/** What the machine's apt configuration says about building an image. */
export interface Ingredients extends ImageSources {
  aptLines: string[];
  /** For the programs that build: PATH with the sbin folders, apt's proxies, messages in English. */
  environment: Record<string, string | undefined>;
}

/** Reads the apt configuration of this machine; one without apt has nothing to say. */
export async function findIngredients(
  image: BaseImage,
  { environment }: BootstrapPlace,
  signal: AbortSignal,
): Promise<Ingredients> {
  const env = { ...environment, PATH: programPath(environment), LC_ALL: 'C.UTF-8' };
  if ((await findProgram('apt-get', environment)) === undefined) {
    return { mirror: undefined, lines: [], aptLines: [], environment: env };
  }
  const run = async (...argv: [string, ...string[]]): Promise<string> =>
    (await runProgram(argv, { environment: env, signal })).stdout;
  const known = parseIndexes(await run(...indexCommand));
  // Before the first "apt-get update" only the sources themselves are known.
  const indexes =
    known.length > 0 ? known : parseIndexes(await run(...indexCommand, '--no-release-info'));
  const options = parseAptOptions(await run('apt-config', 'dump'));
  return {
    ...chooseSources(indexes, await readDistribution(), image),
    aptLines: options.lines,
    environment: { ...options.proxies, ...env },
  };
}
