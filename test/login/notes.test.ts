import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openAudit } from '../../cli/src/login/audit.ts';
import { planReap, type RunningWorkspace } from '../../cli/src/login/plan-reap.ts';
import { enterSession, listSessions, rankOf } from '../../cli/src/login/registry.ts';
import { testFolder } from '../support/temp-folder.ts';

const now = () => new Date('2026-01-02T03:04:05Z');
const nobody = { uid: undefined, user: undefined, from: undefined };

describe('the audit log', () => {
  it('has one line for each record, in ASCII, whatever somebody has typed', async () => {
    const path = join(await testFolder(), 'log/audit.log');
    const audit = openAudit({ to: 'file', path }, now);
    const command = 'a\n{"event":"end"}\u001b[2J\u202e\u2028\ud800ü';
    await audit({ event: 'start', ...nobody, command });
    await audit({ event: 'end', ...nobody, exitStatus: 0 });
    const text = await readFile(path, 'latin1');
    expect(/^[\n\x20-\x7e]*$/.test(text)).toBe(true);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toEqual([
      { time: '2026-01-02T03:04:05.000Z', event: 'start', command },
      { time: '2026-01-02T03:04:05.000Z', event: 'end', exitStatus: 0 },
    ]);
  });

  it('goes on in a new file after a rotation, and keeps no more of a command than it needs', async () => {
    const path = join(await testFolder(), 'audit.log');
    const audit = openAudit({ to: 'file', path }, now);
    await audit({ event: 'start', ...nobody });
    await rename(path, `${path}.1`);
    await audit({ event: 'start', ...nobody, command: 'x'.repeat(1_000_000) });
    expect((await readFile(path)).length).toBeLessThan(5_000);
  });

  it('fails where it cannot be written', async () => {
    const folder = await testFolder({ taken: '' });
    const audit = openAudit({ to: 'file', path: join(folder, 'taken/audit.log') }, now);
    await expect(audit({ event: 'start', ...nobody })).rejects.toMatchObject({
      code: 'folder_unusable',
    });
  });
});

describe('the sessions', () => {
  const session = {
    uid: 1000,
    user: 'ann',
    from: undefined,
    repository: '/srv/shop',
    container: 'devenv-ann-shop-1',
    tty: false,
  };

  it('are those whose broker lives, and each person’s are counted by their age', async () => {
    const folder = await testFolder();
    const first = await enterSession({ ...session, since: '2026-01-01T00:00:00Z' }, folder);
    const other = spawn('sleep', ['60']);
    const second = { ...first.session, since: '2026-01-01T00:00:01Z', pid: other.pid! };
    const ticks = (await readFile(`/proc/${other.pid}/stat`, 'utf8')).split(' ')[21]!;
    await writeFile(join(folder, `1000.${other.pid}.json`), JSON.stringify({ ...second, ticks }));
    const all = await listSessions(folder);
    expect(all.map(({ pid }) => pid)).toEqual([process.pid, other.pid]);
    expect(rankOf(first.session, all)).toBe(0);
    expect(rankOf(second, all)).toBe(1);

    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(await listSessions(folder)).toHaveLength(1);
    expect(await readdir(folder)).toHaveLength(1);
    await first.leave();
    expect(await listSessions(folder)).toEqual([]);
  });

  it('are not those of another process that has got the same pid', async () => {
    const folder = await testFolder();
    const { session: entered } = await enterSession({ ...session, since: '' }, folder);
    const file = join(folder, `1000.${process.pid}.json`);
    await writeFile(file, JSON.stringify({ ...entered, ticks: '1' }));
    expect(await listSessions(folder)).toEqual([]);
  });
});

it('workspaces are stopped when nobody has been in them for long enough', () => {
  const workspace = (changes: Partial<RunningWorkspace>): RunningWorkspace => ({
    container: 'c',
    uid: 1000,
    root: '/srv/shop',
    sessions: 0,
    lastUsed: 0,
    idleStop: 60,
    ...changes,
  });
  const stopped = (changes: Partial<RunningWorkspace>) =>
    planReap([workspace(changes)], 60_000).length === 1;
  expect(stopped({})).toBe(true);
  expect(stopped({ lastUsed: 1 })).toBe(false);
  expect(stopped({ sessions: 1 })).toBe(false);
  expect(stopped({ idleStop: undefined })).toBe(false);
});
