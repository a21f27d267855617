import type { Handmade } from './changes.ts';
import type { ContainerFacts, SessionFacts } from './world.ts';

/** The question to ask before something ends a person's sessions; undefined when there are none. */
export function askSessions(
  container: ContainerFacts | undefined,
  action: string,
): string | undefined {
  return ask(action, [endsSessions(container?.sessions ?? [])]);
}

/**
 * The question to ask before a container goes: about its sessions, and what was put into it by
 * hand. Undefined when nothing is lost.
 */
export function askLoss(
  sessions: SessionFacts[],
  handmade: Handmade | undefined,
  action: string,
): string | undefined {
  return ask(action, [endsSessions(sessions), losesHandmade(handmade)]);
}

/** `loses what was put into it by hand: …`; undefined when that is nothing. */
export function losesHandmade(handmade: Handmade | undefined): string | undefined {
  const { packages = [], paths = [] } = handmade ?? {};
  if (packages.length + paths.length === 0) return undefined;
  const noun = packages.length === 1 ? 'the package' : 'the packages';
  const things = [
    ...(packages.length > 0 ? [`${noun} ${enumerate(packages)}`] : []),
    ...(paths.length > 0 ? [enumerate(paths)] : []),
  ];
  return `loses what was put into it by hand: ${things.join('; ')}`;
}

function endsSessions(sessions: SessionFacts[]): string | undefined {
  return sessions.length === 0 ? undefined : `ends ${countSessions(sessions.length)}`;
}

/** `one attached session`, `2 attached sessions`. */
export function countSessions(count: number): string {
  return count === 1 ? 'one attached session' : `${count} attached sessions`;
}

function ask(action: string, consequences: (string | undefined)[]): string | undefined {
  const known = consequences.filter((consequence) => consequence !== undefined);
  return known.length === 0 ? undefined : `${action} ${known.join(' and ')}. Go on?`;
}

/** More would not be read. */
const named = 10;

function enumerate(names: string[]): string {
  const rest = names.length - named;
  // One name takes no more room than the words that would stand for it.
  if (rest <= 1) return names.join(', ');
  return `${names.slice(0, named).join(', ')} and ${rest} more`;
}
