import { realpathSync } from 'node:fs';
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
  await confirmReach(inside);
  const { stdin, stdout } = context;
  const shell = stdin.isTTY === true && stdout.isTTY === true && !context.options.json;
  if (shell) return enterWorkspace(inside, input, { kind: 'shell' });
  const { openWorkspace } = await import('../engine/workspace.ts');
  await converge(inside, await openWorkspace(openOptions(inside)), { kind: 'up' });
  await context.result({ folder, cloned: true }, () => `${folder}\n`);
  return 0;
};

/** Nobody has read a file that has only just come: what it wants of this host is said first. */
async function confirmReach(context: Context): Promise<void> {
  const { openWorkspace } = await import('../engine/workspace.ts');
  const { hostReach } = await import('../plan/host-reach.ts');
  const { config } = await openWorkspace(openOptions(context)).catch((error: unknown) => {
    throw isWithoutFile(error) ? withoutFile(context.cwd) : error;
  });
  const reach = hostReach(config, realPath);
  if (reach.length === 0) return;
  const agreed = await context.work(({ confirm, report }) => {
    report({
      type: 'notice',
      text: 'Its devenv file wants more of this host than its own folder:',
    });
    for (const what of reach) report({ type: 'notice', text: `  ${what}` });
    return confirm(`Bring the workspace of ${config.project.name} up with that?`);
  });
  if (agreed) return;
  throw new DevenvError('interrupted', `${config.project.root} was cloned; nothing in it was run.`);
}

function isWithoutFile(error: unknown): boolean {
  return error instanceof DevenvError && error.code === 'project_not_found';
}

function withoutFile(folder: string): DevenvError {
  return new DevenvError(
    'project_not_found',
    `The repository is in ${folder}; it has no devenv file.`,
    {
      hint: `Change into it and run "devenv init", which writes one, then "devenv shell".`,
    },
  );
}

/** As it is, where it leads nowhere: then nothing can be mounted from there. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

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
