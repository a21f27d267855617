import { openOptions, type CommandFunction } from './context.ts';
import { showPlan } from './show-plan.ts';

export const plan: CommandFunction = async (context) => {
  const { openWorkspace } = await import('../engine/workspace.ts');
  const workspace = await openWorkspace(openOptions(context));
  return showPlan(context, workspace, { kind: 'up' });
};
