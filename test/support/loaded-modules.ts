import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cli, CliOptions } from './cli.ts';

interface Coverage {
  result: { url: string; functions: { functionName: string; ranges: { count: number }[] }[] }[];
}

/**
 * What a call of devenv has loaded: `node:http` and the like, and the packages whose modules have
 * run. V8's coverage tells: in the bundle each module is a function with the module's path as name.
 */
export async function loadedModules(
  devenv: Cli,
  args: string[],
  options: CliOptions = {},
): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'devenv-coverage-'));
  try {
    const env = { ...options.env, NODE_V8_COVERAGE: folder };
    const { exitCode, stderr } = await devenv.run(args, { ...options, env });
    if (exitCode !== 0) throw new Error(stderr);
    const [file] = await readdir(folder);
    const { result } = JSON.parse(await readFile(join(folder, file!), 'utf8')) as Coverage;
    const builtin = result.map(({ url }) => url).filter((url) => /^node:[a-z_/]+$/.test(url));
    const run = result
      .filter(({ url }) => url.includes('/cli/dist/'))
      .flatMap(({ functions }) => functions)
      .filter(({ ranges }) => ranges[0]!.count > 0)
      .flatMap(({ functionName }) => packageOf(functionName) ?? []);
    return [...new Set([...builtin, ...run])];
  } finally {
    await rm(folder, { recursive: true });
  }
}

function packageOf(modulePath: string): string | undefined {
  return /node_modules\/((?:@[^/]+\/)?[^/]+)\/.*\.[cm]?js$/.exec(modulePath)?.[1];
}
