import { dirname, resolve } from 'node:path';
import type { CommandFunction } from './context.ts';

export const init: CommandFunction = async (context) => {
  const { isIgnored, proposeForFile, writeNewFile } =
    await import('../engine/load/new-devenv-file.ts');
  const { directory = '.', file = 'devenv.yaml', dryRun } = context.options;
  const path = resolve(context.cwd, directory, file);
  const text = await proposeForFile(path);
  if (dryRun) {
    await context.result({ file: path, written: false, text }, () => text);
    return 0;
  }
  await writeNewFile(path, text);
  const ignored = await isIgnored(dirname(path), 'devenv.local.yaml');
  await context.result({ file: path, written: true, text }, () => nextSteps(path, ignored));
  return 0;
};

function nextSteps(path: string, ignored: boolean): string {
  const lines = [`Wrote ${path}. Look it over, then open a shell in its container: devenv shell`];
  if (!ignored) {
    lines.push('Settings of your own go in devenv.local.yaml; add that name to .gitignore.');
  }
  return `${lines.join('\n')}\n`;
}
