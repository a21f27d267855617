import type { Config } from '../config/config.ts';
import type { Intent } from '../plan/plan.ts';
import { planEntry } from '../plan/planner.ts';
import { changedSettings } from '../plan/staleness.ts';
import type { Glance } from '../plan/world.ts';

/** Sections of the settings that the policy has its say in: an older container must not be entered. */
const guarded = ['confinement', 'network', 'resources', 'security', 'user', 'volumes', 'workspace'];

export type EntryIntent =
  | Extract<Intent, { kind: 'enter' }>
  /** `forced`: whether it is the policy that demands it. */
  | (Extract<Intent, { kind: 'up' }> & { forced: boolean });

/**
 * What has to be done before a session; undefined when nothing has. Nobody behind the login shell
 * can call `devenv up`, so that a workspace older than its file is renewed when its person comes
 * with a terminal and nobody else is in it.
 */
export function chooseEntry(
  config: Config,
  glance: Glance,
  { others, tty }: { others: number; tty: boolean },
): EntryIntent | undefined {
  const { container } = glance;
  if (container === undefined) return { kind: 'enter', hooks: true };
  const changed = changedSettings(config, glance, container);
  const forced = guarded.some((section) => changed.includes(`${section} changed`));
  if (forced) return { kind: 'up', forced };
  const isFree = tty && others === 0;
  // What a Dockerfile copies is in no settings: only a look at the files tells.
  const mayBeOld = changed.length > 0 || config.image.kind === 'build';
  if (mayBeOld && isFree) return { kind: 'up', forced };
  const { ready } = planEntry(config, glance);
  // A hook that fails must not keep anybody out for ever.
  return ready ? undefined : { kind: 'enter', hooks: tty || container.state !== 'running' };
}
