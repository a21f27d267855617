import { existsSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type Dockerode from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labels } from '../../../cli/src/plan/labels.ts';
import { testEngineHost } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { aLoginHost, describeWithLoginHost, installDevenv } from '../../support/login-host.ts';
import {
  noOwnEngines,
  ownSocket,
  startOwnEngine,
  stopOwnEngine,
} from '../../support/login/own-engines.ts';
import {
  metadataAddress,
  reaching,
  runUnconfined,
  serveMetadata,
} from '../../support/login/metadata-service.ts';
import { openSyslog, type Syslog } from '../../support/login/syslog.ts';

const obstacle = await noOwnEngines();
const title = 'people with rootless engines of their own';

describe.skipIf(obstacle)(obstacle ? `${title} (skipped: ${obstacle})` : title, () => {
  describeWithLoginHost('behind the same door', () => {
    let syslog: Syslog;
    let engine: Dockerode;
    const host = aLoginHost({
      users: ['ann', 'bob'],
      policy: { engine: `unix:///${ownSocket('%h')}`, audit: { syslog: true } },
      install: async (made, options) => {
        await made.policy();
        syslog = await openSyslog(made);
        engine = await startOwnEngine(made, 'ann');
        await installDevenv(made, options);
      },
    });
    let shop: string;

    beforeAll(() => {
      shop = join(host.account('ann').repositories, 'shop');
    });
    afterAll(async () => {
      await stopOwnEngine(host, 'ann');
      await syslog.close();
    });

    it('get a workspace there, with the exit status, and no rights inside', async () => {
      const command = 'id -u; pwd; echo "a  b" > made; cat /proc/self/status; cat; exit 7';
      const { stdout, stderr, status } = await host.ssh('ann', command, { input: 'typed' });
      expect(status, stderr).toBe(7);
      const text = stdout.toString();
      // In a user namespace of theirs they are root, which is themselves outside.
      expect(text).toMatch(`0\n${shop}\n`);
      expect(text).toMatch(/^CapBnd:\s0+$/m);
      expect(text).toMatch(/^NoNewPrivs:\s1$/m);
      expect(text).toMatch(/typed$/);
      expect(await readFile(join(shop, 'made'), 'utf8')).toBe('a  b\n');
      expect((await stat(join(shop, 'made'))).uid).toBe(host.account('ann').uid);
      // Nothing of it is on everybody's engine.
      expect(await host.containers('ann')).toEqual([]);
      expect(await workspaces()).toHaveLength(1);
    });

    it('have terminals and sftp', async () => {
      const terminal = host.terminal('ann', [], { columns: 91, rows: 37 });
      terminal.write('stty size; exit 3\r');
      await terminal.waitFor(/37 91/);
      expect(await terminal.exited).toBe(3);
      await host.files('ann', shop, { sent: 'sent' });
      const local = join(host.folder, 'private/got');
      const { status, stderr } = await host.sftp('ann', [`get ${shop}/sent ${local}`]);
      expect(status, stderr).toBe(0);
      expect(await readFile(local, 'utf8')).toBe('sent');
    });

    it('are written down by syslog', async () => {
      await host.ssh('ann', ['@shop echo in']);
      const mine = syslog.audit().filter(({ command }) => command === 'echo in');
      const { uid } = host.account('ann');
      expect(mine).toMatchObject([
        { event: 'start', uid, user: 'ann', repository: shop },
        { event: 'end', uid, exitStatus: 0 },
      ]);
      // auth.info
      expect(new Set(syslog.messages().map(({ priority }) => priority))).toEqual(new Set([38]));
      expect(await host.audit()).toEqual([]);
    });

    it('need nothing that runs as root', async () => {
      expect(existsSync(host.path('/etc/sudoers.d/devenv'))).toBe(false);
      const client = host.startSsh('ann', ['cat'], { stdin: 'pipe' });
      const brokers = await eventually(host.brokers, (all) => all.length > 0);
      const { uid } = host.account('ann');
      for (const pid of brokers) {
        const facts = await readFile(`/proc/${pid}/status`, 'utf8');
        expect(facts).toMatch(new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'));
      }
      client.stdin.end();
      await client;
    });

    it('run no code of theirs on the host, whatever they send', async () => {
      const { home } = host.account('ann');
      const mark = join(home, 'ran-on-the-host');
      const code = `require('fs').writeFileSync(${JSON.stringify(mark)}, '')`;
      await host.files('ann', home, { 'evil.js': code });
      const compiled = join(home, '.cache/devenv/compiled');
      await rm(compiled, { recursive: true, force: true });
      const env = { NODE_OPTIONS: `--require ${home}/evil.js`, HOME: home, XDG_CACHE_HOME: home };
      await host.restartSshd({ AcceptEnv: '*' });
      const options = { env, extraOptions: ['-o', 'SendEnv=NODE_* XDG_*'] };
      const { stdout, stderr } = await host.ssh('ann', ['env'], options);
      await host.restartSshd();
      expect(stdout.toString(), stderr).toContain('PWD=');
      expect(stdout.toString()).not.toMatch(/NODE_OPTIONS|XDG_/);
      expect(existsSync(mark)).toBe(false);
      // Neither is what Node has compiled read from where they can write.
      expect(existsSync(join(home, 'devenv'))).toBe(false);
      expect(existsSync(compiled)).toBe(false);
    });

    it('reach neither the host nor what the policy denies', async () => {
      await host.ssh('ann', ['true']);
      const [address = ''] = (await host.asRoot(['hostname', '-I'])).split(' ');
      const service = await serveMetadata();
      try {
        for (const target of [metadataAddress, address]) {
          const command = reaching(target, service.port);
          // It is there, for who may reach it.
          expect(await runUnconfined(engine, host.image, command)).toBe('reached');
          const { stdout, stderr } = await host.ssh('ann', command);
          expect(stdout.toString(), stderr).toBe('refused\n');
        }
      } finally {
        await service.close();
      }
    });

    it('get no shell of the host where their engine does not run', async () => {
      const { stdout, stderr, status } = await host.ssh('bob', ['echo in']);
      expect(stdout.toString()).toBe('');
      expect(stderr).toMatch(/^devenv: .*engine/m);
      expect(status).not.toBe(0);
      expect(syslog.audit().filter(({ user }) => user === 'bob')).toMatchObject([
        { event: 'failed', command: 'echo in' },
      ]);
    });

    it('are listed, and their idle workspaces stopped, with their own rights', async () => {
      await host.policy({ idle_stop: '1s' });
      // Who has no workspace does not keep the others from being asked.
      await host.asRoot(['gpasswd', '--add', 'root', 'devenv']);
      const client = host.startSsh('ann', ['cat'], { stdin: 'pipe' });
      await eventually(
        () => host.devenv(['login', 'sessions']),
        (text) => text.includes(`ann (${host.account('ann').uid})`) && text.includes(shop),
        30_000,
      );
      await host.devenv(['login', 'reap']);
      expect((await workspaces())[0]!.State).toBe('running');
      client.stdin.end();
      await client;
      const stopped = await eventually(
        () => host.devenv(['login', 'reap']),
        (text) => text !== '',
        30_000,
      );
      expect(stopped).toMatch(/^devenv-ann-shop-\w+ \(.*shop\): stopped\n$/);
      expect((await workspaces())[0]!.State).toBe('exited');
      await host.policy();
      expect((await host.ssh('ann', ['echo again'])).stdout.toString()).toBe('again\n');
    });

    it('are shown by login check what they would get', async () => {
      expect(await host.devenv(['login', 'check', 'ann'])).toContain(
        ownSocket(host.account('ann').home),
      );
    });

    it.each([
      ['names everybody’s engine', { engine: testEngineHost() }, 'set up for people’s own'],
      ['has a file for the audit log', { audit: { file: '/var/log/x' } }, 'syslog: true'],
    ])('are denied while the policy %s', async (_, change, reason) => {
      await host.policy(change);
      const { stdout, stderr, status } = await host.ssh('ann', ['echo in']);
      expect(stdout.toString()).toBe('');
      expect(stderr).toContain(reason);
      expect(status).toBe(5);
      expect(syslog.audit().at(-1)).toMatchObject({ event: 'denied' });
      await expect(host.devenv(['login', 'check', 'ann'])).rejects.toMatchObject({ exitCode: 5 });
      await host.policy();
    });

    it('do not get in unnoticed where nobody listens to syslog', async () => {
      await syslog.close();
      const { stdout, stderr, status } = await host.ssh('ann', ['echo in']);
      expect(stdout.toString()).toBe('');
      expect(stderr).toMatch(/^devenv: The audit log cannot be written/m);
      expect(status).not.toBe(0);
    });

    function workspaces() {
      const filters = { label: [`${labels.uid}=${host.account('ann').uid}`] };
      return engine.listContainers({ all: true, filters });
    }
  });
});
