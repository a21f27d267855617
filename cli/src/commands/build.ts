import type { BuilderKind } from '../plan/dockerfile-features.ts';
import { imageReference } from '../plan/image.ts';
import { openOptions, type CommandFunction } from './context.ts';
import { planResult, showPlan } from './show-plan.ts';

/** Makes the image alone, and shares it with --push. Its name is all that stands on stdout. */
export const build: CommandFunction = async (context, { options }) => {
  const { openWorkspace } = await import('../engine/workspace.ts');
  const { converge } = await import('../engine/converge.ts');
  const workspace = await openWorkspace(openOptions(context));
  const intent = {
    kind: 'build' as const,
    noCache: options.cache === false,
    pull: options.pull === true,
    builder: options.builder as BuilderKind | undefined,
    push: options.push === true,
    frozen: options.frozen === true,
  };
  if (context.options.dryRun) return showPlan(context, workspace, intent);
  const warnings = workspace.warnings.map(({ message }) => message);
  const { plan, world } = await context.work((tools) => {
    for (const text of warnings) tools.report({ type: 'notice', text });
    return converge(workspace, intent, tools);
  });
  const reference = imageReference(workspace.config, world.imageInputs);
  const result = {
    reference,
    id: world.image?.id ?? null,
    steps: planResult(plan).steps,
    notices: [...warnings, ...plan.notices],
  };
  await context.result(result, () => `${reference}\n`);
  return 0;
};
