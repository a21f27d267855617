import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { aLoginHost, describeWithLoginHost, type AuditLine } from '../../support/login-host.ts';

describeWithLoginHost('the audit log', () => {
  const host = aLoginHost({ users: ['ann', 'bob'] });

  async function linesOf(name: string, count: number): Promise<AuditLine[]> {
    return eventually(
      async () => (await host.audit()).filter(({ user }) => user === name),
      (lines) => lines.length >= count,
    );
  }

  it('says who did what where, for how long, and how it ended', async () => {
    const started = Date.now();
    const command = 'cat; echo "a\nb" >&2; exit 7';
    await host.ssh('ann', command, { input: '12345' });
    const { uid, repositories } = host.account('ann');
    const [container] = await host.containers('ann');
    const [start, end, ...more] = await linesOf('ann', 2);
    expect(more).toEqual([]);
    for (const line of [start!, end!]) {
      expect(line).toMatchObject({ uid, user: 'ann', repository: `${repositories}/shop`, command });
      expect(line.from).toContain('127.0.0.1');
      expect([container!.Id, container!.Name.slice(1)]).toContain(line.container);
      expect(Date.parse(line.time)).toBeGreaterThanOrEqual(started - 1000);
      expect(Date.parse(line.time)).toBeLessThanOrEqual(Date.now() + 1000);
    }
    expect(start!.event).toBe('start');
    expect(end).toMatchObject({ event: 'end', exitStatus: 7, bytesIn: 5, bytesOut: 5 });
    expect(end!.durationMs).toBeGreaterThanOrEqual(0);
    expect(end!.durationMs).toBeLessThan(Date.now() - started + 1000);
  });

  it('has one line for each, whatever a command is made of', async () => {
    const before = (await host.audit()).length;
    const bytes = Buffer.from(
      '# \n{"event":"start","user":"root"}\n\r\x1b[2J\u2028\xff\xfe',
      'latin1',
    );
    await host.ssh('ann', bytes);
    const lines = await linesOf('ann', before + 2);
    expect(lines.slice(before).map(({ event, user }) => [event, user])).toEqual([
      ['start', 'ann'],
      ['end', 'ann'],
    ]);
    const text = await host.asRoot(['cat', '/var/log/devenv/audit.log']);
    expect(text).not.toContain('\x1b');
    expect(text.split('\n').filter((line) => line !== '')).toHaveLength(before + 2);
  });

  it('can be read by root alone', async () => {
    const { status } = await host.asUser('bob', ['cat', '/var/log/devenv/audit.log']);
    expect(status).not.toBe(0);
  });

  it('is a new file after a rotation, even for a session that began before it', async () => {
    const client = host.startSsh('bob', ['cat'], { stdin: 'pipe' });
    await linesOf('bob', 1);
    await host.asRoot(['mv', '/var/log/devenv/audit.log', '/var/log/devenv/audit.log.1']);
    client.stdin.end();
    await client;
    const lines = await linesOf('bob', 1);
    expect(lines.map(({ event }) => event)).toEqual(['end']);
  });

  it('says what was denied and why', async () => {
    await host.repository('bob', 'shop', { 'devenv.yaml': 'privileged: true\n' });
    const { status } = await host.ssh('bob', ['echo in']);
    expect(status).toBe(5);
    const [, line] = await linesOf('bob', 2);
    const repository = `${host.account('bob').repositories}/shop`;
    expect(line).toMatchObject({ event: 'denied', command: 'echo in', repository });
    expect(line!.reasons!.join()).toContain('privileged');
  });

  it('says which repository it was whose file has a mistake, or what was asked for', async () => {
    const folder = await host.repository('bob', 'wrong', { 'devenv.yaml': '{{{' });
    await host.ssh('bob', ['@wrong echo in']);
    await host.ssh('bob', ['@absent echo in']);
    const lines = (await host.audit()).slice(-2);
    expect(lines).toMatchObject([
      { event: 'denied', repository: folder },
      { event: 'denied', repository: 'absent' },
    ]);
  });

  it('says what failed', async () => {
    await host.policy({ engine: `unix://${host.folder}/absent.sock` });
    await host.ssh('bob', ['@shop echo in']);
    await host.policy();
    const [line] = (await host.audit()).slice(-1);
    expect(['failed', 'denied']).toContain(line!.event);
    expect(line!.user).toBe('bob');
  });

  it('that cannot be written lets nobody in unnoticed', async () => {
    await host.policy({ audit: { file: '/etc/hostname/audit.log' } });
    const { stdout, stderr, status } = await host.ssh('ann', ['echo in']);
    expect(stdout.toString()).toBe('');
    expect(stderr).toMatch(/^devenv: /m);
    expect(status).not.toBe(0);
    await host.policy();
  });
});
