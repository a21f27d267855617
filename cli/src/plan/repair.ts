import type { Config } from '../config/config.ts';
import { hooksHaveRun } from './hooks.ts';
import type { Identity } from './identity.ts';
import type { Step } from './plan.ts';
import type { ContainerFacts, World } from './world.ts';

/**
 * Tidies up after a run that was killed half-way, so that the same command succeeds now: what is
 * half-made goes, and a container set aside for it takes its name back.
 */
export function planRepair(
  config: Config,
  world: World,
  { containerName: name }: Identity,
): { steps: Step[]; container: ContainerFacts | undefined } {
  const steps: Step[] = [];
  let { container } = world;
  const replaced = world.leftovers.some((leftover) => leftover.name === `${name}-previous`);
  if (
    container !== undefined &&
    (neverStarted(container) || (replaced && !hooksHaveRun(config, container, world.hooksDone)))
  ) {
    const reason = 'an interrupted run left it half-made';
    steps.push({ do: 'remove-container', container: name, reason });
    container = undefined;
  }
  for (const leftover of world.leftovers) {
    if (container === undefined && leftover.name === `${name}-previous`) {
      const reason = 'an interrupted run had set it aside';
      steps.push({ do: 'rename-container', container: leftover.name, to: name, reason });
      container = { ...leftover, name };
    } else {
      const reason = 'an interrupted run left it behind';
      steps.push({ do: 'remove-container', container: leftover.name, reason });
    }
  }
  return { steps, container };
}

function neverStarted({ state, startedAt }: ContainerFacts): boolean {
  return state === 'dead' || (state === 'created' && startedAt === undefined);
}
