import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { aLoginHost, describeWithLoginHost, type LoginHost } from '../../support/login-host.ts';

/* The tests' shared host itself, with a door that says what it was given instead of devenv's. */

describeWithLoginHost('the shared host of the tests', () => {
  const host = aLoginHost({ users: ['ann', 'bob'], install: installDoor });

  it('lets its people in by a real sshd, each as themselves', async () => {
    for (const name of ['ann', 'bob']) {
      const { stdout, status } = await host.ssh(name, ['true']);
      expect(stdout.toString()).toContain(`uid=${host.account(name).uid}(${name})`);
      expect(status).toBe(7);
    }
  });

  it('gives a command as it was written', async () => {
    const { stdout } = await host.ssh('ann', Buffer.from("a  'b' \n$(c) \xff;", 'latin1'));
    expect(stdout.toString('latin1')).toContain("command=[a  'b' \n$(c) \xff;]");
    const dashed = await host.ssh('ann', ['-x', '-y']);
    expect(dashed.stdout.toString()).toContain('command=[-x -y]');
  });

  it('gives what was typed, and none of it where nothing was', async () => {
    const { stdout } = await host.ssh('ann', ['cat'], { input: Buffer.from([0, 255, 10]) });
    expect(stdout.subarray(-3)).toEqual(Buffer.from([0, 255, 10]));
    expect((await host.ssh('ann', ['cat'])).stdout.toString()).toMatch(/\]\n$/);
  });

  it('has terminals', async () => {
    const terminal = host.terminal('bob', [], { columns: 91, rows: 37 });
    await terminal.waitFor(/size=37 91/);
    terminal.write('\x04');
    expect(await terminal.exited).toBe(7);
  });

  it('keeps what is written to it from the machine', async () => {
    expect(await host.asRoot(['getent', 'passwd', 'ann'])).toContain(host.account('ann').home);
    expect(await readFile('/etc/passwd', 'utf8')).not.toContain(host.folder);
    await writeFile(host.path('/usr/local/bin/written-by-a-test'), '');
    expect(existsSync('/usr/local/bin/written-by-a-test')).toBe(false);
  });

  it('takes sshd settings of a test', async () => {
    const options = { env: { ODD: 'x' }, extraOptions: ['-o', 'SendEnv=ODD'] };
    expect((await host.ssh('ann', ['true'], options)).stdout.toString()).toContain('odd=[]');
    await host.restartSshd({ AcceptEnv: '*' });
    expect((await host.ssh('ann', ['true'], options)).stdout.toString()).toContain('odd=[x]');
  });
});

async function installDoor(host: LoginHost): Promise<void> {
  const door = '/usr/local/bin/door';
  const script = `#!/bin/sh
id
printf 'odd=[%s]\\n' "$ODD"
test -t 0 && echo "size=$(stty size)"
printf 'command=[%s]\\n' "$SSH_ORIGINAL_COMMAND"
cat
exit 7
`;
  await writeFile(host.path(door), script, { mode: 0o755 });
  const settings = `ForceCommand ${door}\n`;
  await writeFile(join(host.path('/etc/ssh/sshd_config.d'), 'door.conf'), settings);
}
