import type { ContainerFacts } from '../plan/world.ts';
import type { Intent, Plan } from '../plan/plan.ts';
import type { Workspace } from '../engine/workspace.ts';
import { openOptions, type Context } from './context.ts';
import { portResult, portText } from './port-text.ts';
import { planResult, showPlan } from './show-plan.ts';

/** `up`, `rebuild`, `restart`, `stop` and `down`: converge, then say what the workspace is now. */
export async function changeWorkspace(context: Context, intent: Intent): Promise<number> {
  const { openWorkspace } = await import('../engine/workspace.ts');
  const evenWithMistakes = intent.kind === 'stop' || intent.kind === 'down';
  const workspace = await openWorkspace({ ...openOptions(context), evenWithMistakes });
  if (context.options.dryRun) return showPlan(context, workspace, intent);
  const { plan, container } = await converge(context, workspace, intent);
  await context.result(changeResult(workspace, plan, container), () =>
    changeText(workspace, plan, container),
  );
  return 0;
}

/** Converges with its progress shown; gives what was done and the container as it is now. */
export function converge(
  context: Context,
  workspace: Workspace,
  intent: Intent,
): Promise<{ plan: Plan; container: ContainerFacts | undefined }> {
  return context.work(async (tools) => {
    const engine = await import('../engine/converge.ts');
    for (const { message } of workspace.warnings) tools.report({ type: 'notice', text: message });
    const { plan, world } = await engine.converge(workspace, intent, tools);
    if (plan.steps.length === 0) return { plan, container: world.container };
    const { observeContainer } = await import('../engine/observe.ts');
    const { docker, identity } = workspace;
    return { plan, container: await observeContainer(docker, identity.containerName) };
  });
}

function changeResult(
  { config, identity, warnings }: Workspace,
  plan: Plan,
  container: ContainerFacts | undefined,
): object {
  return {
    id: identity.id,
    name: config.project.name,
    environment: config.project.environment,
    folder: config.project.root,
    container: identity.containerName,
    state: container?.state ?? 'missing',
    ports: container?.state === 'running' ? container.ports.map(portResult) : [],
    steps: planResult(plan).steps,
    notices: [...warnings.map(({ message }) => message), ...plan.notices],
  };
}

function changeText(
  { config, identity }: Workspace,
  plan: Plan,
  container: ContainerFacts | undefined,
): string {
  const { name } = config.project;
  const already = plan.steps.length === 0 ? 'already ' : '';
  if (container === undefined) return `${name} is ${already}gone (${identity.containerName}).\n`;
  if (container.state !== 'running') return `${name} is ${already}stopped.\n`;
  const ports = container.ports.map((port) => `  ${portText(port)}\n`);
  return `${name} is ${already}up (${container.name}).\n${ports.join('')}`;
}
