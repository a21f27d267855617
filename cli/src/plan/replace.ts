import { makeContainer, type Making } from './create.ts';
import { hookSteps, repeatStart } from './hooks.ts';
import type { Plan, Step } from './plan.ts';
import { askLoss } from './sessions.ts';
import { stopTimeout } from './specify.ts';
import type { ContainerFacts } from './world.ts';

interface Waiting {
  /** Whether attached sessions are waited for, in place of being ended. */
  whenIdle?: boolean;
}

/**
 * The replacement is made beside the old container, which is stopped only when the new one is
 * whole, and removed only when the new one has started and its hooks have succeeded. Until then
 * every failure brings the old one back.
 */
export function planReplace(
  making: Making,
  container: ContainerFacts,
  reason: string,
  { whenIdle = false }: Waiting,
): Plan {
  const { config, world, identity } = making;
  const name = identity.containerName;
  const next = `${name}-next`;
  const { steps, notices } = makeContainer(making, next, reason);
  return {
    steps: [
      ...(whenIdle ? awaitIdle(container) : []),
      ...steps,
      ...swap(making, container, next),
      ...hookSteps(config, name, undefined, []).map((step) => ({ ...step, undone: true as const })),
      { do: 'remove-container', container: `${name}-previous`, reason: 'it is replaced' },
    ],
    notices,
    question: askLoss(
      whenIdle ? [] : container.sessions,
      world.handmade,
      `Replacing the container (${reason})`,
    ),
    loses: container.id,
  };
}

function awaitIdle({ name, sessions }: ContainerFacts): Step[] {
  if (sessions.length === 0) return [];
  const commands = sessions.map(({ command }) => command.join(' '));
  const reason = 'asked for with --when-idle';
  return [{ do: 'await-idle', container: name, sessions: commands, reason }];
}

function swap(
  { config, world, identity }: Making,
  container: ContainerFacts,
  next: string,
): Step[] {
  const name = identity.containerName;
  const previous = `${name}-previous`;
  const timeout = stopTimeout(config);
  const wasRunning = container.state === 'running';
  return [
    {
      do: 'stop-container',
      container: name,
      timeout,
      reason: 'its replacement is ready',
      undo: wasRunning
        ? [
            { do: 'start-container', container: name },
            ...repeatStart(config, container, world.hooksDone),
          ]
        : [],
    },
    {
      do: 'rename-container',
      container: name,
      to: previous,
      reason: 'its replacement takes the name',
      undo: [{ do: 'rename-container', container: previous, to: name }],
    },
    {
      do: 'rename-container',
      container: next,
      to: name,
      reason: 'it is the workspace now',
      undo: [{ do: 'rename-container', container: name, to: next }],
    },
    {
      do: 'start-container',
      container: name,
      reason: 'it is new',
      undo: [{ do: 'stop-container', container: name, timeout }],
    },
  ];
}
