import { streamProgram } from '../host/run-program.ts';
import { bootstrapFailed } from './bootstrap-failed.ts';
import type { RootFileSystem } from './import-image.ts';
import type { Recipe } from './recipe.ts';
import { keyrings } from './tool.ts';

/** Lets mmdebstrap build and pack the root file system; without root, in a user namespace. */
export function buildWithMmdebstrap(recipe: Recipe, uid: number): RootFileSystem {
  const { image, ingredients, script, signal, onLine } = recipe;
  const https = ingredients.mirror?.startsWith('https:') === true;
  const { stdout, result } = streamProgram(
    [
      'mmdebstrap',
      '--variant=minbase',
      `--mode=${uid === 0 ? 'root' : 'unshare'}`,
      '--format=tar',
      // A rootless engine cannot unpack device nodes, and every engine makes its own.
      '--skip=output/dev,output/mknod',
      `--keyring=${keyrings[image.distribution].path}`,
      ...(https ? ['--include=ca-certificates'] : []),
      ...ingredients.aptLines.map((line) => `--aptopt=${line}`),
      `--customize-hook=${script}`,
      image.suite,
      '-',
      ...ingredients.lines,
    ],
    { environment: ingredients.environment, signal, onLine },
  );
  const complete = result.then(({ exitCode, tail }) => {
    if (exitCode !== 0) throw bootstrapFailed(recipe, tail);
  });
  return { tar: stdout, complete };
}
