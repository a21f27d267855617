import { describeAction } from '../plan/describe.ts';
import type { Plan } from '../plan/plan.ts';
import type { World } from '../plan/world.ts';
import type { Workspace } from '../engine/workspace.ts';
import { formatAge } from '../ui/format.ts';
import { openOptions, type CommandFunction } from './context.ts';
import { portResult, portText } from './port-text.ts';
import { planResult } from './show-plan.ts';

export const status: CommandFunction = async (context) => {
  const { openWorkspace } = await import('../engine/workspace.ts');
  const { planStatus } = await import('../engine/converge.ts');
  const workspace = await openWorkspace({ ...openOptions(context), evenWithMistakes: true });
  const { plan, world } = await planStatus(workspace);
  await context.result(statusResult(workspace, plan, world), () =>
    statusText(workspace, plan, world, Date.now()),
  );
  return 0;
};

function statusResult({ config, identity, warnings }: Workspace, plan: Plan, world: World): object {
  const { project } = config;
  const { container, engine } = world;
  return {
    id: identity.id,
    name: project.name,
    environment: project.environment,
    folder: project.root,
    file: project.file ?? null,
    container: identity.containerName,
    state: container?.state ?? 'missing',
    imageId: container?.imageId ?? null,
    createdAt: container?.createdAt ?? null,
    startedAt: container?.startedAt ?? null,
    ports: container?.state === 'running' ? container.ports.map(portResult) : [],
    sessions: (container?.sessions ?? []).map(({ command, tty }) => ({ command, tty })),
    pending: planResult(plan).steps,
    notices: [...warnings.map(({ message }) => message), ...plan.notices],
    engine: {
      host: engine.host,
      kind: engine.kind,
      version: engine.version,
      rootless: engine.rootless,
    },
  };
}

function statusText(
  { config, identity, warnings }: Workspace,
  plan: Plan,
  { container, engine }: World,
  now: number,
): string {
  const { project } = config;
  const running = container?.state === 'running';
  const sessions = container?.sessions ?? [];
  const rows: [string, string[]][] = [
    ['Workspace', [`${project.name} (${identity.containerName})`]],
    ['Folder', [project.root]],
    ['File', [project.file ?? 'none; your default image is used']],
    ['State', [stateText(container, now)]],
    ['Ports', running ? container.ports.map(portText) : []],
    ['Sessions', sessions.map(({ command }) => command.join(' '))],
    [
      'Engine',
      [`${engine.kind} ${engine.version}${engine.rootless ? ', rootless' : ''}, ${engine.host}`],
    ],
    ['devenv up', plan.steps.map((step) => `would ${describeAction(step)} (${step.reason})`)],
    ['Note', [...warnings.map(({ message }) => message), ...plan.notices]],
  ];
  return rows
    .flatMap(([title, values]) => values.map((value, index) => [index === 0 ? title : '', value]))
    .map(([title = '', value = '']) => `${title.padEnd(11)}${value}\n`)
    .join('');
}

function stateText(container: World['container'], now: number): string {
  if (container === undefined) return 'not there yet';
  const { state, startedAt, createdAt } = container;
  if (state === 'running' && startedAt !== undefined)
    return `running, for ${formatAge(startedAt, now)}`;
  return `${state}, made ${formatAge(createdAt, now)} ago`;
}
