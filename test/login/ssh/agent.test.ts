import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aLoginHost, describeWithLoginHost, installDevenv } from '../../support/login-host.ts';
import { makeKey } from '../../support/login/sshd.ts';

describeWithLoginHost('an ssh agent that somebody forwards', () => {
  const host = aLoginHost({
    users: ['ann', 'bob'],
    policy: {
      overrides: [{ match: { user: 'ann' }, set: { forward: { ssh_agent: true } } }],
    },
    install: async (made, options) => {
      await made.devenv(['login', 'install', '--yes', '--ssh-agent']);
      await installDevenv(made, options);
    },
  });
  let agent: ChildProcess;
  let forwarding: { extraOptions: string[]; env: Record<string, string> };
  let publicKey: string;

  beforeAll(async () => {
    const socket = join(host.folder, 'private/agent.sock');
    const key = join(host.folder, 'private/agent-key');
    await makeKey(key);
    publicKey = (await readFile(`${key}.pub`, 'utf8')).split(' ')[1]!;
    agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(createInterface({ input: agent.stdout! }), 'line');
    const env = { SSH_AUTH_SOCK: socket };
    await execa('ssh-add', ['-q', key], { env });
    forwarding = { extraOptions: ['-A'], env };
  });
  afterAll(() => void agent.kill());

  it('is theirs inside, where the policy allows it', async () => {
    const { stdout, stderr } = await host.ssh('ann', ['ssh-add -L'], forwarding);
    expect(stdout.toString(), stderr).toContain(publicKey);
  });

  it('is gone with the connection', async () => {
    const command = 'echo "$SSH_AUTH_SOCK"';
    const { stdout } = await host.ssh('ann', [command], forwarding);
    const socket = stdout.toString().trim();
    expect(socket).toMatch(/^\/run\/devenv\/agent\/agent-.*\.sock$/);
    const later = await host.ssh('ann', [`SSH_AUTH_SOCK=${socket} ssh-add -L`]);
    expect(later.stdout.toString()).not.toContain(publicKey);
    expect(later.status).not.toBe(0);
  });

  it('is not there for somebody whom the policy does not allow it', async () => {
    const command = 'echo "${SSH_AUTH_SOCK-none}"; ssh-add -L; ls /run/devenv/agent';
    const { stdout, stderr } = await host.ssh('bob', [command], forwarding);
    expect(stdout.toString(), stderr).toMatch(/^none\n/);
    expect(stdout.toString()).not.toContain(publicKey);
  });
});
