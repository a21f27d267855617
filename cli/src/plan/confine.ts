import { createHash } from 'node:crypto';
import type { Config, Confinement } from '../config/config.ts';
import type { Plan, Step } from './plan.ts';
import type { ContainerFacts, SourceFacts } from './world.ts';

/** What shuts a started container off; see `Confinement`. */
export interface ConfineAction {
  do: 'confine-container';
  container: string;
  confinement: Confinement;
  /** What has to be mounted there, as it was when it was looked at. */
  places: CheckedPlace[];
}

/** A folder or file of the host, by what nobody can put something else in the place of. */
export interface CheckedPlace {
  path: string;
  /** Of stat(2), in decimal. */
  device: string;
  inode: string;
}

/**
 * Adds to a plan that every container is confined as soon as it has started, and that one which
 * runs unconfined, since whoever started it was killed, is confined first of all.
 */
export function confineStarts(
  plan: Plan,
  config: Config,
  source: SourceFacts,
  container: ContainerFacts | undefined,
  confined: string[],
): Plan {
  const { confinement } = config;
  if (confinement === undefined) return plan;
  const confine = (name: string): Step => ({
    do: 'confine-container',
    container: name,
    confinement,
    places: source.places ?? [],
    reason: 'the administrator’s policy',
  });
  const steps = plan.steps.flatMap((step) => {
    if (step.do !== 'start-container') return [step];
    const { settles, ...start } = step;
    const stop = { do: 'stop-container', container: step.container, timeout: 0 } as const;
    const started: Step = { ...start, undo: step.undo ?? [stop] };
    return [started, { ...confine(step.container), ...(settles && { settles }) }];
  });
  const stays = !steps.some((step) => step.do === 'confine-container');
  const open = container?.state === 'running' && !isConfined(container, confined);
  return { ...plan, steps: stays && open ? [confine(container.name), ...steps] : steps };
}

/** Whether the container was confined since it last started. */
export function isConfined(container: ContainerFacts, confined: string[]): boolean {
  return confined.includes(confinedKey(container.id, container.startedAt));
}

/** What is noted once a start is confined. */
export function confinedKey(containerId: string, startedAt: string | undefined): string {
  return `${containerId} ${startedAt ?? ''}`;
}

export function networkName(id: string): string {
  return `devenv-${id}-net`;
}

/** So many networks of a range may be taken before none is looked for any more. */
const tries = 64;

/**
 * The networks of 16 addresses that a workspace may have, in the order in which they are tried:
 * those of two workspaces seldom begin with the same one.
 */
export function subnetsFor(id: string, pool: string): string[] {
  const [address = '', bits = '16'] = pool.split('/');
  const count = 2 ** Math.max(0, 28 - Number(bits));
  const base = toNumber(address);
  const first = createHash('sha256').update(id).digest().readUInt32BE(0) % count;
  return Array.from({ length: Math.min(tries, count) }, (_, index) => {
    const network = base + ((first + index) % count) * 16;
    return `${toAddress(network)}/28`;
  });
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
