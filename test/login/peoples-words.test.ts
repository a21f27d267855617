import { describe, expect, it } from 'vitest';
import type { PersonsAnswer } from '../../cli/src/login/ask-people.ts';
import { openSessions, stoppedWorkspaces } from '../../cli/src/login/peoples-words.ts';

function answerOf(uid: number, answer: unknown): PersonsAnswer {
  const person = { uid, gid: uid, name: `person${uid}`, home: '/', platform: 'linux', groups: [] };
  return { person: person as unknown as PersonsAnswer['person'], answer };
}

const workspace = { container: 'c', uid: 0, folder: '/srv', lastUsed: '2026-01-01T00:00:00Z' };
const session = {
  uid: 0,
  user: 'root',
  pid: 7,
  since: '2026-01-02T00:00:00Z',
  from: null,
  repository: '/srv',
  container: 'c',
  tty: true,
};

describe('what a process of somebody’s answers', () => {
  it('is theirs, whatever it says', () => {
    expect(stoppedWorkspaces([answerOf(5, { workspaces: [workspace] })])).toMatchObject([
      { container: 'c', uid: 5, root: '/srv', lastUsed: Date.parse(workspace.lastUsed) },
    ]);
    const earlier = { ...session, since: '2026-01-01T00:00:00Z' };
    const all = [answerOf(5, { sessions: [session] }), answerOf(6, { sessions: [earlier] })];
    expect(openSessions(all)).toMatchObject([
      { uid: 6, user: 'person6' },
      { uid: 5, user: 'person5', from: undefined },
    ]);
  });

  it.each([
    undefined,
    null,
    'text',
    [],
    {},
    { workspaces: 1, sessions: 1 },
    { workspaces: [null, 1, [], {}], sessions: [null, 1, [], {}] },
    {
      workspaces: [
        { ...workspace, lastUsed: 'never' },
        { ...workspace, container: 1 },
        { ...workspace, folder: 'x'.repeat(5000) },
      ],
      sessions: [
        { ...session, pid: '7' },
        { ...session, repository: {} },
      ],
    },
  ])('counts for nothing where it is of no known shape: %j', (answer) => {
    expect(stoppedWorkspaces([answerOf(5, answer)])).toEqual([]);
    expect(openSessions([answerOf(5, answer)])).toEqual([]);
  });
});
