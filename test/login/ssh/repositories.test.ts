import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { testEngine } from '../../support/engine.ts';
import { aLoginHost, describeWithLoginHost } from '../../support/login-host.ts';

describeWithLoginHost('which repository a login enters', () => {
  const host = aLoginHost({ users: ['ann', 'bob'] });
  let repositories: string;

  beforeAll(async () => {
    repositories = host.account('ann').repositories;
    const yaml = { 'devenv.yaml': `image: ${host.image}\n` };
    await host.repository('ann', 'docs', { ...yaml, name: 'docs' });
    await host.repository('ann', 'a b', yaml);
    await host.files('bob', join(host.account('bob').repositories, 'shop'), { secret: 'bob’s' });
  });

  it('is the policy’s default where none is named', async () => {
    expect((await host.ssh('ann', ['pwd'])).stdout.toString()).toBe(`${repositories}/shop\n`);
  });

  it('is the one that the command begins with', async () => {
    const { stdout } = await host.ssh('ann', ['@docs', 'cat', 'name', '&&', 'pwd']);
    expect(stdout.toString()).toBe(`docs${repositories}/docs\n`);
    const roots = (await host.containers('ann')).map(({ Config }) => Config.Labels['devenv.root']);
    expect(roots).toContain(`${repositories}/docs`);
  });

  it('has a shell where nothing follows its name', async () => {
    const { stdout } = await host.ssh('ann', ['@docs'], { input: 'pwd\n' });
    expect(stdout.toString()).toBe(`${repositories}/docs\n`);
    const terminal = host.terminal('ann', ['@docs']);
    await terminal.waitFor(/[$#] /, 60_000);
    terminal.write('pwd\rexit\r');
    await terminal.waitFor(new RegExp(`${repositories}/docs\r`));
    expect(await terminal.exited).toBe(0);
  });

  it('is no other one where its name is only somewhere in the command', async () => {
    const { stdout } = await host.ssh('ann', ['echo @docs; pwd']);
    expect(stdout.toString()).toBe(`@docs\n${repositories}/shop\n`);
  });

  it.each(['@absent', '@..', '@.', '@../bob/shop', '@docs/../../bob/shop', '@-', '@sho'])(
    'is none for %j, which is refused',
    async (name) => {
      const before = await host.containers('ann');
      const { stdout, stderr, status } = await host.ssh('ann', `${name} cat secret; pwd`);
      expect(stdout.toString()).toBe('');
      expect(stderr).toMatch(/^devenv: /m);
      expect(status).not.toBe(0);
      expect(await host.containers('ann')).toHaveLength(before.length);
    },
  );

  it.each(['@', '@/etc', '@/', '@~root', '@$(id)', '@docs/', '@`id`', '@a:b', '@*'])(
    'is not another one for %j, which is no name',
    async (name) => {
      const { stdout } = await host.ssh('ann', `${name} cat secret; pwd`);
      // Either refused, or a command of the person's that there is not, in the usual repository.
      expect(['', `${repositories}/shop\n`]).toContain(stdout.toString());
      expect(await host.containers('bob')).toEqual([]);
    },
  );

  it('is never somebody else’s, by whatever name its workspace has', async () => {
    await host.ssh('bob', ['true']);
    const [container] = await host.containers('bob');
    const { Id, Name, Config } = container!;
    const names = [Id, Id.slice(0, 12), Id.slice(0, 4), Name.slice(1), Config.Labels['devenv.id']!];
    for (const name of [...names, Config.Labels['devenv.root']!]) {
      const { stdout, status } = await host.ssh('ann', [`@${name}`, 'cat', 'secret']);
      expect(stdout.toString()).toBe('');
      expect(status).not.toBe(0);
    }
  });

  it('is asked on a terminal where there are several', async () => {
    await host.policy({ repositories: { default: repositories } });
    const terminal = host.terminal('ann');
    await terminal.waitFor(/docs/, 60_000);
    await terminal.waitFor(/shop/);
    terminal.write('\x03');
    expect(await terminal.exited).not.toBe(0);
  });

  it('is the one that is chosen there', async () => {
    await host.policy({ repositories: { default: repositories } });
    const terminal = host.terminal('ann');
    await terminal.waitFor(/shop/, 60_000);
    // The first by name is "a b", and whoever types nothing else means it.
    terminal.write('\r');
    await terminal.waitFor(/[$#] /, 60_000);
    terminal.write('pwd\rexit\r');
    await terminal.waitFor(/repos\/ann\/a b\r/);
    expect(await terminal.exited).toBe(0);
  });

  it('has to be named without a terminal, where there are several', async () => {
    await host.policy({ repositories: { default: repositories } });
    const { stdout, stderr, status } = await host.ssh('ann', ['pwd']);
    expect(stdout.toString()).toBe('');
    expect(stderr).toMatch(/^devenv: /m);
    expect(stderr).toContain('docs');
    expect(status).not.toBe(0);
    await host.policy();
  });
});

describeWithLoginHost('a repository that is not the person’s own', () => {
  const host = aLoginHost({ users: ['ann', 'bob'] });
  let anns: string;
  let outside: string;

  beforeAll(async () => {
    anns = host.account('ann').repositories;
    outside = join(host.folder, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'flag'), 'FLAG');
    await host.files('bob', join(host.account('bob').repositories, 'shop'), { flag: 'FLAG' });
  });

  /** Nothing may be made, and the audit log is to say who wanted what. */
  async function expectDenial(repository: string): Promise<void> {
    const before = (await host.audit()).length;
    const { stdout, stderr, status } = await host.ssh('ann', [`@${repository}`, 'cat', 'flag']);
    expect(stdout.toString()).toBe('');
    expect(stderr).toMatch(/^devenv: /m);
    expect(status, stderr).toBe(5);
    expect(await host.containers('ann')).toEqual([]);
    const lines = (await host.audit()).slice(before);
    expect(lines).toMatchObject([{ event: 'denied', uid: host.account('ann').uid, user: 'ann' }]);
    expect(lines[0]!.reasons).not.toEqual([]);
  }

  it('is denied when it is a link to somebody else’s', async () => {
    await symlink(join(host.account('bob').repositories, 'shop'), join(anns, 'to-bob'));
    await expectDenial('to-bob');
  });

  it('is denied when it is a link out of the roots', async () => {
    await symlink(outside, join(anns, 'to-outside'));
    await expectDenial('to-outside');
    await symlink('/', join(anns, 'to-everything'));
    await expectDenial('to-everything');
  });

  it('is denied when it belongs to somebody else', async () => {
    await mkdir(join(anns, 'roots-own'));
    await expectDenial('roots-own');
    const { uid, gid } = host.account('bob');
    await mkdir(join(anns, 'bobs-own'));
    await chown(join(anns, 'bobs-own'), uid, gid);
    await expectDenial('bobs-own');
  });

  it('is denied when others can write to it', async () => {
    const open = await host.repository('ann', 'open', { flag: 'FLAG' });
    await chmod(open, 0o777);
    await expectDenial('open');
  });

  it('is denied when others can write to a folder above it', async () => {
    await chmod(anns, 0o777);
    await expectDenial('shop');
    await chmod(anns, 0o755);
  });

  it('is never mounted when it becomes another one while it is looked at', async () => {
    const real = await host.repository('ann', 'changing', { 'devenv.yaml': '{}\n' });
    const child = fork(join(import.meta.dirname, '../../support/login/change-folder.mjs'), [
      real,
      outside,
    ]);
    try {
      for (let round = 0; round < 15; round++) {
        const { stdout } = await host.ssh('ann', ['@changing', 'cat', 'flag']);
        expect(stdout.toString()).toBe('');
        for (const { Id } of await host.containers('ann')) await testEngine().removeContainer(Id);
      }
    } finally {
      child.send('stop');
      await once(child, 'exit');
    }
    await rename(real, `${real}-changed`);
  }, 180_000);
});
