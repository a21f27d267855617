import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { plainImage } from '../../support/images.ts';
import { aLoginHost, describeWithLoginHost } from '../../support/login-host.ts';

describeWithLoginHost('what somebody is told who has no command but their login', () => {
  const host = aLoginHost({ policy: { images: { allow: ['devenv-test/**'] } } });

  beforeAll(async () => {
    await host.repository('ann', 'bare', { 'devenv.yaml': `image: ${await plainImage()}\n` });
  });

  it('names the package that an image lacks for sftp', async () => {
    const repositories = host.account('ann').repositories;
    await host.policy({ repositories: { default: join(repositories, 'bare') } });
    const { stderr, status } = await host.sftp('ann', ['ls']);
    expect(stderr).toContain('has no sftp-server: install openssh-sftp-server in it');
    expect(status).not.toBe(0);
    // scp keeps to itself why a file cannot be looked at.
    const copied = await host.scp([host.remote('ann', 'x'), join(host.folder, 'private/x')]);
    expect(copied.status).not.toBe(0);
    await host.policy();
  });

  it('names a file by its whole path', async () => {
    const folder = await host.repository('ann', 'wrong', { 'devenv.yaml': 'imagine: 1\n' });
    const { stderr } = await host.ssh('ann', ['@wrong true']);
    expect(stderr).toContain(` ${folder}/devenv.yaml:1:1: error:`);
  });

  it('is no advice to call devenv', async () => {
    await host.policy({ engine: `unix://${host.folder}/absent.sock` });
    const { stderr } = await host.ssh('ann', ['true']);
    await host.policy();
    expect(stderr).toMatch(/^devenv: The engine at .*absent\.sock/m);
    expect(stderr).toMatch(/^hint: .*tell the administrator of this host/im);
    expect(stderr).not.toMatch(/devenv doctor|devenv engine|DEVENV_/);
  });

  it('comes at once where the audit log cannot be made', async () => {
    const started = performance.now();
    await host.policy({ audit: { file: '/proc/absent/below/audit.log' } });
    const { stdout, stderr, status } = await host.ssh('ann', ['echo in']);
    await host.policy();
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(stdout.toString()).toBe('');
    expect(stderr).toMatch(/^devenv: The audit log cannot be written: \/proc\/absent\/below/m);
    expect(status).not.toBe(0);
  }, 30_000);
});
