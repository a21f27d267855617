import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DevenvError } from '../../errors.ts';
import { findCaFiles } from '../session/host-certificates.ts';
import { runProgram, streamProgram } from '../host/run-program.ts';
import { bootstrapFailed } from './bootstrap-failed.ts';
import type { RootFileSystem } from './import-image.ts';
import type { Recipe } from './recipe.ts';
import { keyrings } from './tool.ts';

const scripts = '/usr/share/debootstrap/scripts';

/** Builds the root file system in the recipe's folder, as root. */
export async function buildWithDebootstrap(recipe: Recipe): Promise<RootFileSystem> {
  const { image, ingredients, folder, script, signal, onLine } = recipe;
  const { environment, mirror } = ingredients;
  if (!existsSync(join(scripts, image.suite))) throw unknownSuite(recipe);
  const target = join(folder, 'root');
  const options = { environment, signal, onLine };
  const { exitCode, tail } = await runProgram(
    [
      'debootstrap',
      '--variant=minbase',
      '--force-check-gpg',
      `--keyring=${keyrings[image.distribution].path}`,
      ...(await httpsArguments(mirror, environment)),
      image.suite,
      target,
      ...(mirror === undefined ? [] : [mirror]),
    ],
    options,
  );
  if (exitCode !== 0) throw bootstrapFailed(recipe, [...tail, ...(await logOf(target))]);
  const finished = await runProgram(['sh', script, target], options);
  if (finished.exitCode !== 0) throw bootstrapFailed(recipe, finished.tail);
  return pack(target, recipe);
}

function pack(target: string, recipe: Recipe): RootFileSystem {
  const { signal, ingredients } = recipe;
  const excluded = ['dev', 'proc', 'sys', 'run'].map((name) => `--exclude=./${name}/*`);
  const { stdout, result } = streamProgram(
    [
      ...(['tar', '--create', '--numeric-owner', '--xattrs'] as const),
      ...excluded,
      `--directory=${target}`,
      '.',
    ],
    { environment: ingredients.environment, signal },
  );
  const complete = result.then(({ exitCode, tail }) => {
    if (exitCode !== 0) throw bootstrapFailed(recipe, tail);
  });
  return { tar: stdout, complete };
}

async function httpsArguments(
  mirror: string | undefined,
  environment: Recipe['ingredients']['environment'],
): Promise<string[]> {
  if (mirror?.startsWith('https:') !== true) return [];
  const [bundle] = await findCaFiles(environment, process.platform);
  // Without it apt inside could not talk to the same mirror.
  const include = '--include=ca-certificates';
  return bundle === undefined ? [include] : [include, `--ca-certificate=${bundle}`];
}

function unknownSuite({ image }: Recipe): DevenvError {
  return new DevenvError(
    'bootstrap_failed',
    `debootstrap does not know a release "${image.suite}" of ${image.distribution}.`,
    { hint: `Use a codename it knows, such as bookworm or noble; "ls ${scripts}" lists them.` },
  );
}

async function logOf(target: string): Promise<string[]> {
  const log = await readFile(join(target, 'debootstrap/debootstrap.log'), 'utf8').catch(() => '');
  return log.trim().split('\n').slice(-5);
}
