import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEngineProxy, type EngineProxy } from '../../support/engine-proxy.ts';
import { aLoginHost, describeWithLoginHost } from '../../support/login-host.ts';

describeWithLoginHost('between the start of a container and the look at its mounts', () => {
  const host = aLoginHost({ users: ['ann', 'bob'] });
  let proxy: EngineProxy;

  beforeAll(async () => {
    proxy = await startEngineProxy();
    await host.policy({ engine: proxy.host });
  });
  afterAll(() => proxy.close());

  it('only its first process runs, and where another folder is mounted nothing else ever does', async () => {
    const yaml = `image: ${host.image}\nhooks: {create: touch hook-ran, start: touch hook-ran}\n`;
    const [shop, bobs] = ['ann', 'bob'].map((name) =>
      join(host.account(name).repositories, 'shop'),
    );
    await host.files('ann', shop!, {});
    await host.writeAsRoot(join(shop!, 'devenv.yaml'), yaml);
    await host.files('bob', bobs!, { secret: 'bob’s' });

    const start = proxy.holdAt(/^POST \/containers\/[^/]+\/start$/);
    const login = host.ssh('ann', ['cat secret; touch session-ran']);
    await start.arrived;
    // What was looked at goes, and another one comes in its place.
    await rename(shop!, `${shop!}-before`);
    await rename(bobs!, shop!);
    const look = proxy.holdAt(/^GET \/containers\/[^/]+\/json$/);
    start.release();
    await look.arrived;

    const [running] = await host.containers('ann');
    expect(running!.State.Running).toBe(true);
    const inside = (await host.processesOf('ann')).filter((line) => !/sshd|ssh-/.test(line));
    expect(inside.filter((line) => !/\bsleep \d+$/.test(line))).toEqual([]);
    expect(inside).not.toEqual([]);
    look.release();

    const { stdout, stderr, status } = await login;
    expect(stdout.toString()).toBe('');
    expect(stderr).toContain(`What was mounted at ${shop!} is not what was looked at before.`);
    expect(status).toBe(5);
    expect(proxy.calls.filter((call) => /^POST .*\/exec$/.test(call))).toEqual([]);
    for (const path of [shop!, `${shop!}-before`]) {
      expect(existsSync(join(path, 'hook-ran'))).toBe(false);
      expect(existsSync(join(path, 'session-ran'))).toBe(false);
    }
    const [after] = await host.containers('ann');
    expect(after?.State.Running ?? false).toBe(false);
    const [line] = (await host.audit()).slice(-1);
    expect(line).toMatchObject({ event: 'denied', user: 'ann' });
  });

  it('a network that cannot be closed ends the container, too', async () => {
    const shop = join(host.account('bob').repositories, 'shop');
    await host.files('bob', shop, { 'devenv.yaml': `image: ${host.image}\n` });
    await host.asRoot([
      'sh',
      '-c',
      'mount --bind /bin/false "$(readlink -f /usr/sbin/iptables-restore)"',
    ]);
    const { stdout, stderr, status } = await host.ssh('bob', ['echo in']);
    await host.asRoot(['sh', '-c', 'umount "$(readlink -f /usr/sbin/iptables-restore)"']);
    expect(stdout.toString()).toBe('');
    expect(stderr).toMatch(/^devenv: The network of the workspace cannot be closed/m);
    expect(status).not.toBe(0);
    expect((await host.containers('bob')).filter(({ State }) => State.Running)).toEqual([]);
    expect((await host.ssh('bob', ['echo in'])).stdout.toString()).toBe('in\n');
  });
});
