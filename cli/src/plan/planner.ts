import type { Config } from '../config/config.ts';
import { DevenvError } from '../errors.ts';
import { confineStarts, isConfined } from './confine.ts';
import { planCreate, type Making } from './create.ts';
import { planEnd } from './end.ts';
import { changedHooks, neededHookSteps } from './hooks.ts';
import { identify, type Identity } from './identity.ts';
import { planImage, prebuiltNotices } from './image.ts';
import type { Installation } from './installation.ts';
import { planKeep } from './keep.ts';
import type { Intent, Plan } from './plan.ts';
import { takenPort } from './ports.ts';
import { planBuild, planPush } from './publish.ts';
import { planRepair } from './repair.ts';
import { planReplace } from './replace.ts';
import { changedSettings, staleReasons } from './staleness.ts';
import type { ContainerFacts, Glance, World } from './world.ts';

/** Everything that will be done for the intent: first the image, then the container. */
export function planWorkspace(
  config: Config,
  world: World,
  intent: Intent,
  installation: Installation,
): Plan {
  if (intent.kind === 'stop' || intent.kind === 'down') return planEnd(config, world, intent);
  if (intent.kind === 'build') return planBuild(config, world, intent);
  const container = planContainer(config, world, intent, installation);
  const makes = container.steps.some((step) => step.do === 'create-container');
  const image = makes ? planImage(config, world, intent) : [];
  const builds = image.some((step) => step.do === 'build-image');
  const notices = [...(builds ? prebuiltNotices(world) : []), ...container.notices];
  return { ...container, notices, steps: [...image, ...container.steps] };
}

/** The part of the plan that comes once the image is there. */
export function planAfterImage(
  config: Config,
  world: World,
  intent: Intent,
  installation: Installation,
): Plan {
  if (intent.kind !== 'build') return planContainer(config, world, intent, installation);
  return { steps: planPush(config, world, intent), notices: [], question: undefined };
}

function planContainer(
  config: Config,
  world: World,
  intent: Intent,
  installation: Installation,
): Plan {
  const identity = identify(config.project, world.caller);
  refuseForeign(world, identity);
  const making = { config, world, identity, installation };
  const { steps: repair, container } = planRepair(config, world, identity);
  const rest =
    container === undefined ? planCreate(making) : keepOrReplace(making, container, intent);
  const skipsHooks = intent.kind === 'enter' && !intent.hooks;
  const steps = skipsHooks ? rest.steps.filter((step) => step.do !== 'run-hook') : rest.steps;
  const plan = { ...rest, steps: [...repair, ...steps] };
  return confineStarts(plan, config, world.source, container, world.confined);
}

/** Whether a session can be attached as things stand, with a word about a file that moved on. */
export function planEntry(config: Config, glance: Glance): { ready: boolean; notices: string[] } {
  const { container, hooksDone } = glance;
  if (container?.state !== 'running') return { ready: false, notices: [] };
  const confined = config.confinement === undefined || isConfined(container, glance.confined);
  const hooksRan = neededHookSteps(config, container.name, container, hooksDone).length === 0;
  const ready = confined && hooksRan;
  const reasons = [
    ...changedSettings(config, glance, container),
    ...changedHooks(config, container, hooksDone),
  ];
  return { ready, notices: movedOn(reasons) };
}

function keepOrReplace(making: Making, container: ContainerFacts, intent: Intent): Plan {
  const { config, world } = making;
  if (intent.kind === 'rebuild') return planReplace(making, container, 'asked for', intent);
  const stale = staleReasons(config, world, container);
  const clash = takenPort(container, world.takenPorts, config.ports);
  if (intent.kind === 'up') {
    const reasons = clash === undefined ? stale : [...stale, clash];
    if (reasons.length > 0) return planReplace(making, container, reasons.join(', '), intent);
  } else if (clash !== undefined) {
    throw new DevenvError('port_taken', `The workspace cannot start: ${clash}.`, {
      hint: 'Stop what holds the port, or run "devenv up", which makes the workspace anew on the next free one.',
    });
  }
  const hooks = intent.kind === 'enter' ? changedHooks(config, container, world.hooksDone) : [];
  return planKeep(config, world, container, intent, movedOn([...stale, ...hooks]));
}

function refuseForeign(world: World, { containerName }: Identity): void {
  if (world.nameHolder === undefined) return;
  throw new DevenvError(
    'name_taken',
    `The name ${containerName} is taken by ${world.nameHolder.description}.`,
    { hint: 'devenv touches only what it made. Rename or remove that container, then try again.' },
  );
}

function movedOn(reasons: string[]): string[] {
  if (reasons.length === 0) return [];
  const what = `The workspace is older than its file (${reasons.join(', ')})`;
  return [`${what}; "devenv up" brings it up to date.`];
}
