import { createHash } from 'node:crypto';
import type { Command, Config } from '../config/config.ts';
import type { Action, HookName, Step } from './plan.ts';
import type { ContainerFacts, HooksDone } from './world.ts';

interface DueHook {
  hook: HookName;
  command: Command;
  reason: string;
  hash: string;
  /** Whether it has succeeded with another text. */
  changed: boolean;
}

/**
 * The hooks that have not succeeded yet: `create` once for each container, `start` once for each
 * start. A hook that failed is due again, and so is one whose text has changed.
 */
export function dueHooks(
  { hooks: { create, start } }: Config,
  container: ContainerFacts | undefined,
  done: HooksDone[],
): DueHook[] {
  const own = done.find(({ containerId }) => containerId === container?.id);
  const ran = container?.state === 'running' && own?.start?.startedAt === container.startedAt;
  const firstTime = container === undefined ? 'the container is new' : 'it has not succeeded yet';
  return [
    ...due('create', create, own?.create, firstTime),
    ...due('start', start, ran ? own?.start?.hash : undefined, 'once each start'),
  ];
}

function due(
  hook: HookName,
  command: Command | undefined,
  done: string | undefined,
  usual: string,
): DueHook[] {
  if (command === undefined) return [];
  const hash = hashCommand(command);
  if (done === hash) return [];
  const changed = done !== undefined;
  return [{ hook, command, reason: changed ? 'its text has changed' : usual, hash, changed }];
}

/** The due hooks as steps in the named container. */
export function hookSteps(
  config: Config,
  name: string,
  container: ContainerFacts | undefined,
  done: HooksDone[],
): Step[] {
  return dueHooks(config, container, done).map((hook) => toStep(name, hook));
}

/**
 * Of the due hooks, those without which the container is not what it should be, as steps. One that
 * has succeeded with another text waits for `up`: entering a workspace that works must not fail
 * for a file that is being edited.
 */
export function neededHookSteps(
  config: Config,
  name: string,
  container: ContainerFacts,
  done: HooksDone[],
): Step[] {
  const needed = dueHooks(config, container, done).filter(({ changed }) => !changed);
  return needed.map((hook) => toStep(name, hook));
}

/** The hooks that have succeeded with another text, in words. */
export function changedHooks(
  config: Config,
  container: ContainerFacts,
  done: HooksDone[],
): string[] {
  return dueHooks(config, container, done)
    .filter(({ changed }) => changed)
    .map(({ hook }) => `${hook} hook changed`);
}

function toStep(container: string, { hook, command, reason, hash }: DueHook): Step {
  return { do: 'run-hook', container, hook, command, hash, reason };
}

/**
 * What it takes to have a container as it was that was stopped and started again: the start hook,
 * in the text that has run in it. On a shared host nothing runs before the container is confined,
 * which the next entry sees to, and to the hook after it.
 */
export function repeatStart(
  { hooks, confinement }: Config,
  { id, name, startedAt }: ContainerFacts,
  done: HooksDone[],
): Action[] {
  const ran = done.find(({ containerId }) => containerId === id)?.start;
  if (confinement !== undefined || ran === undefined || ran.startedAt !== startedAt) return [];
  const { hash } = ran;
  const same = hooks.start !== undefined && hashCommand(hooks.start) === hash;
  const command = ran.command ?? (same ? hooks.start : undefined);
  return command === undefined
    ? []
    : [{ do: 'run-hook', container: name, hook: 'start', command, hash }];
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
