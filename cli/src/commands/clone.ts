import { resolve } from 'node:path';
import { DevenvError } from '../errors.ts';
import { converge } from './change-workspace.ts';
import { openOptions, type CommandFunction, type Context } from './context.ts';
import { enterWorkspace } from './enter-workspace.ts';

export const clone: CommandFunction = async (context, input) => {
  const [url = '', directory] = input.args;
  const { folderNameOf, withoutCredentials } = await import('../engine/git.ts');
  const name = directory ?? folderNameOf(url);
  if (name === '') {
    throw new DevenvError('usage', `The URL "${withoutCredentials(url)}" names no folder.`, {
      hint: 'Name one: devenv clone URL DIR.',
    });
  }
  const folder = resolve(context.cwd, context.options.directory ?? '.', name);
  if (context.options.dryRun) {
    const shown = withoutCredentials(url);
    await context.result(
      { folder, cloned: false },
      () => `clone ${shown} into ${folder}, bring its workspace up and open a shell in it\n`,
    );
    return 0;
  }
  await cloneWithProgress(context, url, folder);
  const inside: Context = {
    ...context,
    cwd: folder,
    options: { ...context.options, directory: undefined },
  };
  const { stdin, stdout } = context;
  const shell = stdin.isTTY === true && stdout.isTTY === true && !context.options.json;
  if (shell) return enterWorkspace(inside, input, { kind: 'shell' });
  const { openWorkspace } = await import('../engine/workspace.ts');
  await converge(inside, await openWorkspace(openOptions(inside)), { kind: 'up' });
  await context.result({ folder, cloned: true }, () => `${folder}\n`);
  return 0;
};

async function cloneWithProgress(context: Context, url: string, folder: string): Promise<void> {
  const { cloneRepository, withoutCredentials } = await import('../engine/git.ts');
  const { reportStep } = await import('../engine/container/report-step.ts');
  const { environment, options } = context;
  const cwd = resolve(context.cwd, options.directory ?? '.');
  const step = { index: 0, title: `clone ${withoutCredentials(url)}`, reason: `into ${folder}` };
  await context.work(({ report, signal }) =>
    reportStep(report, step, () =>
      cloneRepository(url, {
        folder,
        cwd,
        environment,
        signal,
        onProgress: ({ stage, percent }) =>
          report({ type: 'step-progress', index: 0, part: stage, status: progressText(percent) }),
      }),
    ),
  );
}

/** A log gets a line for each quarter, not for each percent. */
function progressText(percent: number): string {
  return percent === 100 ? 'done' : `${Math.floor(percent / 25) * 25}%`;
}
