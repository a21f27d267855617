import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SessionCommand } from '../engine/session.ts';
import type { Workspace } from '../engine/workspace.ts';
import { DevenvError } from '../errors.ts';
import { openOptions, type Context, type Input } from './context.ts';
import { showPlan } from './show-plan.ts';

/** `shell`, `exec` and `run`: makes sure of the workspace, then runs a session in it. */
export async function enterWorkspace(
  context: Context,
  { options }: Input,
  command: SessionCommand | ((workspace: Workspace) => SessionCommand),
): Promise<number> {
  const { openWorkspace } = await import('../engine/workspace.ts');
  const workspace = await openWorkspace({ ...openOptions(context), evenWithMistakes: true });
  const wanted = typeof command === 'function' ? command(workspace) : command;
  const hooks = options.hooks !== false;
  if (context.options.dryRun) return showPlan(context, workspace, { kind: 'enter', hooks });
  const { container } = await context.work(async (tools) => {
    // Of the remarks on the file, only the one that says there is none belongs before a session.
    for (const { code, message } of workspace.warnings) {
      if (code === 'default-image') tools.report({ type: 'notice', text: message });
    }
    const { enter } = await import('../engine/converge.ts');
    return enter(workspace, { ...tools, hooks });
  });
  if (container === undefined) {
    throw new DevenvError('session_failed', 'The container was removed while it was entered.', {
      hint: 'Run the same command again.',
    });
  }
  const { runSession } = await import('../engine/session.ts');
  const { stdin, stdout, stderr } = context;
  return runSession(workspace, container, {
    command: wanted,
    cwd: await realpath(resolve(context.cwd, context.options.directory ?? '.')),
    root: options.root === true,
    tty: stdin.isTTY === true && stdout.isTTY === true,
    stdin,
    stdout,
    stderr,
  });
}
