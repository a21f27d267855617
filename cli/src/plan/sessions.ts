import type { ContainerFacts } from './world.ts';

/** The question to ask before something ends a person's sessions; undefined when there are none. */
export function askSessions(
  container: ContainerFacts | undefined,
  action: string,
): string | undefined {
  const count = container?.sessions.length ?? 0;
  if (count === 0) return undefined;
  const sessions = count === 1 ? 'one attached session' : `${count} attached sessions`;
  return `${action} ends ${sessions}. Go on?`;
}
