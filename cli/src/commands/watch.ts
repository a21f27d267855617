import { openOptions, type CommandFunction } from './context.ts';

export const watch: CommandFunction = async (context) => {
  if (context.options.dryRun) {
    const { openWorkspace } = await import('../engine/workspace.ts');
    const { showPlan } = await import('./show-plan.ts');
    return showPlan(context, await openWorkspace(openOptions(context)), { kind: 'up' });
  }
  const { watchProject } = await import('./watch-project.ts');
  return watchProject(context);
};
