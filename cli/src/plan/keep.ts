import type { Config } from '../config/config.ts';
import { hookSteps, neededHookSteps } from './hooks.ts';
import type { Intent, Plan, Step } from './plan.ts';
import { askSessions } from './sessions.ts';
import { stopTimeout } from './specify.ts';
import type { ContainerFacts, World } from './world.ts';

/** The container stays: it is started, restarted or woken, and its due hooks run. */
export function planKeep(
  config: Config,
  world: World,
  container: ContainerFacts,
  intent: Intent,
  notices: string[],
): Plan {
  const { name, state } = container;
  const running = state === 'running' || state === 'restarting';
  const restarts = intent.kind === 'restart' && running;
  const steps: Step[] = [];
  if (restarts) {
    const timeout = stopTimeout(config);
    steps.push({ do: 'stop-container', container: name, timeout, reason: 'asked for' });
  }
  if (state === 'paused') {
    steps.push({ do: 'unpause-container', container: name, reason: 'it is paused' });
  } else if (!running || restarts) {
    const reason = running ? 'asked for' : 'it is stopped';
    steps.push({ do: 'start-container', container: name, reason });
  }
  const starts = steps.some((step) => step.do === 'start-container');
  const before = starts ? { ...container, state: 'exited' as const } : container;
  const hooks = intent.kind === 'enter' ? neededHookSteps : hookSteps;
  steps.push(...hooks(config, name, before, world.hooksDone));
  const question = restarts ? askSessions(container, 'Restarting') : undefined;
  return { steps, notices, question };
}
