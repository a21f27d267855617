import { randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { aLoginHost, describeWithLoginHost } from '../../support/login-host.ts';

const doors = ['ForceCommand', 'passwd shell', 'both'] as const;

for (const door of doors) {
  describeWithLoginHost(`files and repositories over ssh, by way of ${door}`, () => {
    const host = aLoginHost({ door });
    const content = randomBytes(300_000);
    let local: string;
    let shop: string;

    beforeAll(async () => {
      local = join(host.folder, 'private/local');
      shop = join(host.account('ann').repositories, 'shop');
      await mkdir(local);
      await writeFile(join(local, 'data'), content);
    });

    it('come and go with sftp', async () => {
      const batch = [`put ${local}/data ${shop}/by-sftp`, `get ${shop}/by-sftp ${local}/back`];
      const { stderr, status } = await host.sftp('ann', [...batch, `rm ${shop}/devenv.yaml.none`]);
      // The last one is there to fail.
      expect(stderr).toContain('No such file');
      expect(status).toBe(1);
      expect(await readFile(join(shop, 'by-sftp'))).toEqual(content);
      expect(await readFile(join(local, 'back'))).toEqual(content);
      expect((await stat(join(shop, 'by-sftp'))).uid).toBe(host.account('ann').uid);
    });

    for (const [way, options] of [
      ['scp', []],
      ['scp -O', ['-O']],
    ] as const) {
      it(`come and go with ${way}`, async () => {
        const there = host.remote('ann', `${shop}/by-scp`);
        const sent = await host.scp([...options, join(local, 'data'), there]);
        expect(sent.status, sent.stderr).toBe(0);
        expect(await readFile(join(shop, 'by-scp'))).toEqual(content);
        const got = await host.scp([...options, there, join(local, 'by-scp')]);
        expect(got.status, got.stderr).toBe(0);
        expect(await readFile(join(local, 'by-scp'))).toEqual(content);
        const absent = await host.scp([...options, host.remote('ann', `${shop}/absent`), local]);
        expect(absent.status).toBe(1);
      });

      it(`come and go with ${way} in folders, with odd names`, async () => {
        const names = ['-dash', 'a b', 'ü漢', '$HOME', "it's", 'semi;colon'];
        const folder = join(local, `tree${options.join('')}`);
        await mkdir(folder);
        for (const name of names) await writeFile(join(folder, name), name);
        const there = host.remote('ann', shop);
        const { stderr, status } = await host.scp([...options, '-r', folder, there]);
        expect(status, stderr).toBe(0);
        const arrived = await readdir(join(shop, `tree${options.join('')}`));
        expect(arrived.sort()).toEqual([...names].sort());
      });
    }

    it('come and go with rsync', async () => {
      const there = host.remote('ann', `${shop}/by-rsync/`);
      const sent = await host.rsync(['-a', '--no-owner', '--no-group', `${local}/data`, there]);
      expect(sent.status, sent.stderr).toBe(0);
      expect(await readFile(join(shop, 'by-rsync/data'))).toEqual(content);
      const got = await host.rsync(['-a', there, join(local, 'by-rsync')]);
      expect(got.status, got.stderr).toBe(0);
      expect(await readFile(join(local, 'by-rsync/data'))).toEqual(content);
    });

    it('are cloned, pushed and pulled with git', async () => {
      const bare = `${shop}/it's code.git`;
      expect((await host.ssh('ann', [`git init -q --bare "${bare}"`])).status).toBe(0);
      const url = host.remote('ann', bare);
      const [first, second] = [join(local, 'first'), join(local, 'second')];
      for (const clone of [first, second]) {
        const { stderr, status } = await host.git(['clone', '-q', url, clone]);
        expect(status, stderr).toBe(0);
      }
      await writeFile(join(first, 'file'), content);
      await host.git(['add', 'file'], { cwd: first });
      await host.git(['commit', '-q', '-m', 'one'], { cwd: first });
      const pushed = await host.git(['push', '-q', 'origin', 'HEAD:main'], { cwd: first });
      expect(pushed.status, pushed.stderr).toBe(0);
      const pulled = await host.git(['pull', '-q', 'origin', 'main'], { cwd: second });
      expect(pulled.status, pulled.stderr).toBe(0);
      expect(await readFile(join(second, 'file'))).toEqual(content);
    });
  });
}

describeWithLoginHost('an image without the other ends', () => {
  const host = aLoginHost({ policy: { images: { allow: ['debian:*'] } } });

  beforeAll(async () => {
    const bare = await host.repository('ann', 'bare', {
      'devenv.yaml': 'image: debian:bookworm-slim\n',
    });
    await host.policy({ repositories: { default: bare } });
  });

  it('has no sftp, and the audit log says so, as does the protocol', async () => {
    const { stdout, stderr, status } = await host.sftp('ann', ['ls']);
    expect(stdout.toString()).toBe('');
    expect(stderr).toContain('has no sftp-server: install openssh-sftp-server in it');
    expect(status).not.toBe(0);
    const [line] = (await host.audit()).slice(-1);
    expect(line).toMatchObject({ event: 'end', exitStatus: 127 });
  });

  it('is named as what lacks scp', async () => {
    const { stderr, status } = await host.scp(['-O', '/etc/hostname', host.remote('ann', 'x')]);
    expect(stderr).toMatch(/^devenv: .*scp/m);
    expect(status).not.toBe(0);
  });

  it('is named as what lacks rsync', async () => {
    const { stderr, status } = await host.rsync(['/etc/hostname', host.remote('ann', 'x')]);
    expect(stderr).toMatch(/^devenv: .*rsync/m);
    expect(status).not.toBe(0);
  });

  it('is named as what lacks git', async () => {
    const { stderr, status } = await host.git(['ls-remote', host.remote('ann', 'x.git')]);
    expect(stderr).toMatch(/^devenv: .*git/m);
    expect(status).not.toBe(0);
  });
});
