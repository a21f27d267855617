import { expect, it } from 'vitest';
import { aLoginHost, describeWithLoginHost, installDevenv } from '../../support/login-host.ts';
import { openSyslog, type Syslog } from '../../support/login/syslog.ts';

describeWithLoginHost('an audit log by syslog', () => {
  let syslog: Syslog;
  const host = aLoginHost({
    policy: { audit: { syslog: true } },
    install: async (made, options) => {
      syslog = await openSyslog(made);
      await installDevenv(made, options);
    },
  });

  it('has the lines that a file would have, with the priority auth.info', async () => {
    const command = `echo ü\n'{"event":"start"}'; exit 3; ${'x'.repeat(3000)}`;
    await host.ssh('ann', command);
    const { uid, repositories } = host.account('ann');
    const common = { uid, user: 'ann', repository: `${repositories}/shop`, command };
    expect(syslog.audit()).toMatchObject([
      { event: 'start', ...common },
      { event: 'end', exitStatus: 3, ...common },
    ]);
    expect(syslog.messages().map(({ priority }) => priority)).toEqual([38, 38]);
    expect(await host.audit()).toEqual([]);
  });

  it('where nobody listens lets nobody in', async () => {
    await syslog.close();
    const { stdout, stderr, status } = await host.ssh('ann', ['echo in']);
    expect(stdout.toString()).toBe('');
    expect(stderr).toMatch(/^devenv: The audit log cannot be written: .*\/dev\/log/m);
    expect(status).not.toBe(0);
  });
});
