import { createHash } from 'node:crypto';
import type { Command, Config } from '../config/config.ts';
import type { HookName, Step } from './plan.ts';
import type { ContainerFacts, HooksDone } from './world.ts';

/**
 * The hooks that have not succeeded yet: `create` once for each container, `start` once for each
 * start. A hook that failed is due again, and so is one whose text has changed.
 */
export function dueHooks(
  config: Config,
  container: ContainerFacts | undefined,
  done: HooksDone[],
): { hook: HookName; command: Command; reason: string; hash: string }[] {
  const own = done.find(({ containerId }) => containerId === container?.id);
  const due: ReturnType<typeof dueHooks> = [];
  const { create, start } = config.hooks;
  if (create !== undefined && own?.create !== hashCommand(create)) {
    const reason = own?.create === undefined ? 'it has not succeeded yet' : 'its text has changed';
    due.push({ hook: 'create', command: create, reason, hash: hashCommand(create) });
  }
  if (start !== undefined) {
    const ran =
      container?.state === 'running' &&
      own?.start?.startedAt === container.startedAt &&
      own?.start?.hash === hashCommand(start);
    if (!ran) {
      due.push({
        hook: 'start',
        command: start,
        reason: 'once each start',
        hash: hashCommand(start),
      });
    }
  }
  return due;
}

/** The due hooks as steps in the named container. */
export function hookSteps(
  config: Config,
  name: string,
  container: ContainerFacts | undefined,
  done: HooksDone[],
): Step[] {
  return dueHooks(config, container, done).map((due) => ({
    do: 'run-hook',
    container: name,
    ...due,
  }));
}

/** Whether every hook has succeeded in the container: only then is its making complete. */
export function hooksHaveRun(
  { hooks }: Config,
  container: ContainerFacts,
  done: HooksDone[],
): boolean {
  const own = done.find(({ containerId }) => containerId === container.id);
  return (
    (hooks.create === undefined || own?.create !== undefined) &&
    (hooks.start === undefined || own?.start !== undefined)
  );
}

function hashCommand(command: Command): string {
  return createHash('sha256').update(JSON.stringify(command)).digest('hex').slice(0, 16);
}
