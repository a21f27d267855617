import { expect, it } from 'vitest';
import { aLoginHost, describeWithLoginHost } from '../../support/login-host.ts';

describeWithLoginHost('a Dockerfile behind the login shell', () => {
  const host = aLoginHost({ users: ['ann', 'bob'], policy: { images: { build: true } } });

  it('is built and worked in', async () => {
    await host.repository('ann', 'shop', {
      'devenv.yaml': 'build: .\n',
      Dockerfile: `FROM ${host.image}\nCOPY note /note\nRUN echo built > /proof\n`,
      note: 'from the context',
    });
    const { stdout, stderr, status } = await host.ssh('ann', ['cat /note /proof; id -u']);
    expect(stderr).toBe('');
    const { uid } = host.account('ann');
    expect(stdout.toString()).toBe(`from the contextbuilt\n${uid}\n`);
    expect(status).toBe(0);
  });
});
