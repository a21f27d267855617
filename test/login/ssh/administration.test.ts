import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { aLoginHost, describeWithLoginHost, loginShell } from '../../support/login-host.ts';

describeWithLoginHost('an administrator', () => {
  const host = aLoginHost({ users: ['ann', 'bob'] });

  it('sees what a person would get, and nothing is started', async () => {
    const text = await host.devenv(['login', 'check', 'ann']);
    expect(text).toContain(`${host.account('ann').repositories}/shop`);
    expect(await host.containers('ann')).toEqual([]);
  });

  it('is warned where sshd has another door for a person', async () => {
    expect(await host.devenv(['login', 'check', 'ann'])).not.toContain('door');
    await host.asRoot(['gpasswd', '--delete', 'ann', 'devenv']);
    const text = await host.devenv(['login', 'check', 'ann']);
    await host.asRoot(['gpasswd', '--add', 'ann', 'devenv']);
    expect(text).toMatch(/sshd gives ann whatever they ask for.*Another door is open/);
  });

  it('sees what a person would be denied', async () => {
    await host.repository('bob', 'evil', { 'devenv.yaml': 'privileged: true\n' });
    await expect(host.devenv(['login', 'check', 'bob', 'evil'])).rejects.toMatchObject({
      exitCode: 5,
    });
    expect(await host.containers('bob')).toEqual([]);
  });

  it('sees who is in which workspace', async () => {
    const client = host.startSsh('ann', ['cat'], { stdin: 'pipe' });
    await eventually(
      () => host.devenv(['login', 'sessions']),
      (text) => text.includes(`${host.account('ann').repositories}/shop`),
      30_000,
    );
    client.stdin.end();
    await client;
    // Sessions of other tests' hosts are listed, too.
    expect(await host.devenv(['login', 'sessions'])).not.toContain(host.folder);
  });

  it('stops workspaces that nobody has been in for a while, and no others', async () => {
    await host.policy({ idle_stop: '1s' });
    await host.ssh('ann', ['true']);
    const client = host.startSsh('bob', ['cat'], { stdin: 'pipe' });
    await eventually(
      () => host.processesOf('bob'),
      (all) => all.includes('cat'),
    );
    await eventually(
      async () => {
        await host.devenv(['login', 'reap']);
        return (await host.containers('ann')).map(({ State }) => State.Running);
      },
      ([running]) => running === false,
    );
    expect((await host.containers('bob'))[0]!.State.Running).toBe(true);
    client.stdin.end();
    await client;
    // A stopped one starts with the next login, with what was made in it.
    expect((await host.ssh('ann', ['echo again'])).stdout.toString()).toBe('again\n');
    await host.policy();
  });

  it('has the login shell among the shells of the host', async () => {
    expect((await host.asRoot(['cat', '/etc/shells'])).split('\n')).toContain(loginShell);
  });

  it('is rid of all of it after login uninstall', async () => {
    await host.devenv(['login', 'uninstall', '--yes']);
    expect(await host.asRoot(['cat', '/etc/shells'])).not.toContain(loginShell);
    // The door is closed: without its program the login shell lets nobody in.
    expect((await host.ssh('ann', ['echo in'])).stdout.toString()).toBe('');
  });
});
