import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { aLoginHost, describeWithLoginHost, type LoginHost } from '../../support/login-host.ts';
import { ownSocket } from '../../support/login/own-engines.ts';

describeWithLoginHost('without an engine', () => {
  const host = aLoginHost();

  it('nobody gets in, and everybody is told so within 5 seconds', async () => {
    await host.policy({ engine: `unix://${host.folder}/absent.sock` });
    await expectRefusal(host);
  });

  it('that answers, neither', async () => {
    const socket = join(host.folder, 'hanging.sock');
    const connections = new Set<Socket>();
    const server = createServer((connection) => connections.add(connection)).listen(socket);
    await once(server, 'listening');
    await chmod(socket, 0o600);
    await host.policy({ engine: `unix://${socket}` });
    await expectRefusal(host);
    for (const connection of connections) connection.destroy();
    server.close();
  });

  it('that makes sense, neither', async () => {
    const socket = join(host.folder, 'senseless.sock');
    const server = createServer((connection) => connection.end('HTTP/1.1 500 x\r\n\r\n')).listen(
      socket,
    );
    await once(server, 'listening');
    await host.policy({ engine: `unix://${socket}` });
    await expectRefusal(host);
    server.close();
  });

  it('of everybody’s, but people’s own: root talks to none of those', async () => {
    const socket = ownSocket(host.account('ann').home);
    await host.files('ann', dirname(socket), {});
    let calls = 0;
    const server = createServer(() => (calls += 1)).listen(socket);
    await once(server, 'listening');
    await chmod(socket, 0o666);
    await host.policy({ engine: `unix:///${ownSocket('%h')}` });
    await expectRefusal(host);
    const [line] = (await host.audit()).slice(-1);
    expect(line).toMatchObject({ event: 'denied' });
    expect(line!.reasons!.join()).toContain('own engine');
    await expect(host.devenv(['login', 'check', 'ann'])).rejects.toMatchObject({ exitCode: 5 });
    expect(calls).toBe(0);
    server.close();
  });

  it('a terminal gets no shell of the host either', async () => {
    await host.policy({ engine: `unix://${host.folder}/absent.sock` });
    const terminal = host.terminal('ann');
    terminal.write('touch ~/ran-on-the-host\r');
    await terminal.waitFor(/devenv:/, 60_000);
    expect(await terminal.exited).not.toBe(0);
    expect(existsSync(join(host.account('ann').home, 'ran-on-the-host'))).toBe(false);
  });

  it('everybody is in again when it is back', async () => {
    await host.policy();
    expect((await host.ssh('ann', ['echo in'])).stdout.toString()).toBe('in\n');
  });
});

describeWithLoginHost('without a policy that can be used', () => {
  const host = aLoginHost();

  it.each([
    ['with a mistake', 'engine: [unix]\n'],
    ['with an unknown key', 'privileged: true\n'],
    ['that is no YAML', '{{{'],
    ['of zeros', '\0\0\0'],
  ])('nobody gets in: one %s', async (_, text) => {
    await host.writeAsRoot('/etc/devenv/policy.yaml', text);
    await expectRefusal(host);
  });

  it('nobody gets in: none at all', async () => {
    await host.asRoot(['rm', '/etc/devenv/policy.yaml']);
    await expectRefusal(host);
  });

  it('nobody gets in: one that others may write', async () => {
    await host.policy();
    await host.asRoot(['chmod', '666', '/etc/devenv/policy.yaml']);
    await expectRefusal(host);
    await host.asRoot(['chmod', '644', '/etc/devenv/policy.yaml']);
  });
});

async function expectRefusal(host: LoginHost): Promise<void> {
  const started = performance.now();
  const before = (await host.audit()).length;
  const { stdout, stderr, status } = await host.ssh('ann', ['echo in; id']);
  expect(performance.now() - started).toBeLessThan(5000);
  expect(stdout.toString()).toBe('');
  expect(stderr).toMatch(/^devenv: /m);
  expect(status).not.toBe(0);
  expect(await host.containers('ann')).toEqual([]);
  const lines = (await host.audit()).slice(before);
  for (const line of lines) expect(['failed', 'denied']).toContain(line.event);
}
