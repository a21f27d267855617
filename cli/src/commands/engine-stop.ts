import type { EngineOwner, RunningWorkspace } from '../engine/private-engine.ts';
import { DevenvError } from '../errors.ts';
import { printable } from '../ui/printable.ts';
import type { CommandFunction, Context } from './context.ts';

const notRunning = 'devenv’s own engine does not run.\n';

/**
 * Stops devenv's own engine; one that does not run is stopped already. Asks first where somebody
 * works in one of its workspaces.
 */
export const engineStop: CommandFunction = async (context) => {
  const { engineOwner } = await import('./engine-options.ts');
  const owner = engineOwner(context);
  if (context.options.dryRun) return showWhatWouldStop(context, owner);
  const { runningWorkspaces, stopPrivateEngine } = await import('../engine/private-engine.ts');
  const { stopped, workspaces } = await context.work(async (tools) => {
    const workspaces = await runningWorkspaces(owner);
    const question = askSessions(workspaces);
    if (question !== undefined && !(await tools.confirm(question))) {
      throw new DevenvError('interrupted', 'Nothing was stopped.');
    }
    return { stopped: await stopPrivateEngine(owner, tools), workspaces };
  });
  await context.result({ stopped, workspaces }, () =>
    stopped ? stoppedText(workspaces) : notRunning,
  );
  return 0;
};

async function showWhatWouldStop(context: Context, owner: EngineOwner): Promise<number> {
  const { privateEngineStatus, runningWorkspaces } = await import('../engine/private-engine.ts');
  const [{ pid, host }, workspaces] = await Promise.all([
    privateEngineStatus(owner),
    runningWorkspaces(owner),
  ]);
  await context.result({ stopped: false, workspaces }, () => {
    if (pid === undefined) return notRunning;
    if (workspaces.length === 0) return `Would stop the engine at ${host}.\n`;
    return `Would stop the engine at ${host}, and with it:\n${list(workspaces)}`;
  });
  return 0;
}

/** The question to ask before the engine stops; undefined when nobody is attached. */
function askSessions(workspaces: RunningWorkspace[]): string | undefined {
  const inUse = workspaces.filter(({ sessions }) => sessions > 0);
  if (inUse.length === 0) return undefined;
  const count = inUse.reduce((sum, { sessions }) => sum + sessions, 0);
  const where = inUse.map(title).join(' and ');
  return `Stopping the engine ends ${sessionCount(count)} in ${where}. Go on?`;
}

function stoppedText(workspaces: RunningWorkspace[]): string {
  if (workspaces.length === 0) {
    return 'The engine has stopped; its images and containers are kept.\n';
  }
  return `The engine has stopped, and with it:\n${list(workspaces)}Its images and containers are kept.\n`;
}

function list(workspaces: RunningWorkspace[]): string {
  const lines = workspaces.map((workspace) => {
    const { sessions } = workspace;
    return `  ${title(workspace)}${sessions === 0 ? '' : `, ${sessionCount(sessions)}`}\n`;
  });
  return lines.join('');
}

/** Names are no more unique than their owners make them; the folder says which it is. */
function title({ name, environment, folder }: RunningWorkspace): string {
  return printable(`${name} (${folder}${environment === '' ? '' : `, ${environment}`})`);
}

function sessionCount(count: number): string {
  return count === 1 ? 'one attached session' : `${count} attached sessions`;
}
