import { write } from '../ui/output.ts';
import { openOptions, type CommandFunction, type Context } from './context.ts';
import { loadDiagnosed } from './load-config.ts';
import { workspaceWords } from './workspace-words.ts';

/**
 * Names for the completion scripts, one a line. Says nothing where there are none to find:
 * a failure has no place in the middle of somebody's command line.
 */
export const complete: CommandFunction = async (context, { args: [kind] }) => {
  const names = await (kind === 'task' ? taskNames(context) : workspaces(context)).catch(() => []);
  await write(context.stdout, names.map((name) => `${name}\n`).join(''));
  return 0;
};

async function taskNames(context: Context): Promise<string[]> {
  const { config } = await loadDiagnosed(context);
  return Object.keys(config?.tasks ?? {});
}

async function workspaces(context: Context): Promise<string[]> {
  const { connect } = await import('../engine/workspace.ts');
  const { currentCaller } = await import('../engine/host/caller.ts');
  const { listWorkspaces } = await import('../engine/workspaces.ts');
  const caller = currentCaller();
  return workspaceWords(await listWorkspaces(await connect(openOptions(context), caller), caller));
}
