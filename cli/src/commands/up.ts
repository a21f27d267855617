import type { BuilderKind } from '../plan/dockerfile-features.ts';
import { write } from '../ui/output.ts';
import { changeWorkspace } from './change-workspace.ts';
import type { CommandFunction, Context } from './context.ts';

export const up: CommandFunction = async (context, input) => {
  const { whenIdle, frozen, watch: watches } = input.options;
  const intent = {
    kind: 'up',
    whenIdle: whenIdle === true,
    frozen: frozen === true,
    builder: input.options.builder as BuilderKind | undefined,
  } as const;
  if (watches !== true || context.options.dryRun) return changeWorkspace(context, intent);
  const { watchProject } = await import('./watch-project.ts');
  // Within the watching, which misses nothing that is saved meanwhile.
  return watchProject(context, () => changeWorkspace(asLine(context), intent));
};

/** The result as the first of the lines that watching prints. */
function asLine(context: Context): Context {
  if (!context.options.json) return context;
  const result = (workspace: object): Promise<void> => {
    const time = new Date().toISOString();
    return write(context.stdout, `${JSON.stringify({ time, type: 'up', workspace })}\n`);
  };
  // A copy would touch stdin, which its getter is there to put off.
  return Object.create(context, { result: { value: result } }) as Context;
}
