import type { PersonsAnswer } from './ask-people.ts';
import type { RunningWorkspace } from './plan-reap.ts';
import { earlierFirst, type LoginSession } from './registry.ts';

/*
 * What processes of people's have answered when root asked: only what has the shape of an answer
 * counts, and whose it is root knows better.
 */

/** Of `login reap`: what each person's own engine has stopped. */
export function stoppedWorkspaces(answers: PersonsAnswer[]): RunningWorkspace[] {
  return answers.flatMap(({ person: { uid }, answer }) =>
    itemsOf(answer, 'workspaces').flatMap(({ container, folder, lastUsed }) => {
      if (!isText(container) || !isText(folder) || !isText(lastUsed)) return [];
      const used = Date.parse(lastUsed);
      if (Number.isNaN(used)) return [];
      return [{ container, uid, root: folder, sessions: 0, lastUsed: used, idleStop: undefined }];
    }),
  );
}

/** Of `login sessions`: who is logged in, the earliest first. */
export function openSessions(answers: PersonsAnswer[]): LoginSession[] {
  const sessions = answers.flatMap(({ person: { uid, name }, answer }) =>
    itemsOf(answer, 'sessions').flatMap((session) => {
      const { pid, since, from, repository, container, tty } = session;
      if (typeof pid !== 'number' || typeof tty !== 'boolean') return [];
      if (!isText(since) || !isText(repository) || !isText(container)) return [];
      const address = isText(from) ? from : undefined;
      const user = { uid, user: name, from: address };
      return [{ ...user, pid, ticks: '', since, repository, container, tty }];
    }),
  );
  return sessions.sort(earlierFirst);
}

function itemsOf(answer: unknown, key: string): Record<string, unknown>[] {
  if (typeof answer !== 'object' || answer === null) return [];
  const items = (answer as Record<string, unknown>)[key];
  const isRecord = (item: unknown): item is Record<string, unknown> =>
    typeof item === 'object' && item !== null;
  return Array.isArray(items) ? items.filter(isRecord) : [];
}

/** Of no more characters than a path has. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 4096;
}
