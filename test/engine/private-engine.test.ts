import { execFileSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApplyEvent } from '../../cli/src/engine/events.ts';
import {
  privateEngineStatus,
  startPrivateEngine,
  stopPrivateEngine,
} from '../../cli/src/engine/private-engine.ts';
import { engineProcesses } from '../../cli/src/engine/private-engine/processes.ts';
import { plainImage } from '../support/images.ts';
import {
  createNetwork,
  describePrivateEngine,
  noPrivateEngine,
  publishedPort,
  quietStart,
  removePrivateEngine,
  runContainer,
  startContainer,
  type TestPrivateEngine,
} from '../support/private-engine.ts';

const isRoot = process.getuid?.() === 0;
const obstacle = isRoot ? await noPrivateEngine() : 'a root engine needs root';

describe.skipIf(obstacle)(
  `a private engine of root${obstacle ? ` (skipped: ${obstacle})` : ''}`,
  () => {
    let engine: TestPrivateEngine;

    beforeAll(async () => {
      engine = await describePrivateEngine();
      await startPrivateEngine(engine.owner, quietStart);
    });

    afterAll(() => removePrivateEngine(engine));

    it('answers on its own socket and is a real dockerd', async () => {
      expect((await engine.docker.facts()).kind).toBe('docker');
      expect(await privateEngineStatus(engine.owner)).toMatchObject({
        running: true,
        host: `unix://${engine.files.socket}`,
        rootless: false,
      });
    });

    it('runs in a process session of its own, so that no terminal takes it along', async () => {
      const [, , , , , session] = statOf(await daemonPid());
      expect(session).toBe(String(await daemonPid()));
    });

    it('is not started twice', async () => {
      const pid = await daemonPid();
      expect(await startPrivateEngine(engine.owner, quietStart)).toMatchObject({ started: false });
      expect(await daemonPid()).toBe(pid);
    });

    it('leaves docker0 and the rules of other engines alone, each time it starts', async () => {
      const bridge = usualBridge();
      try {
        const before = [bridge.index(), foreignRules()];
        for (let time = 0; time < 2; time++) {
          await stopPrivateEngine(engine.owner, quietStart);
          await startPrivateEngine(engine.owner, quietStart);
          expect([bridge.index(), foreignRules()]).toEqual(before);
        }
      } finally {
        bridge.release();
      }
    });

    it('lets its containers reach the outside, from the default and from other networks', async () => {
      const image = await plainImage(engine.docker);
      await createNetwork(engine.files.socket, 'another');
      const { address, port } = await mirrorOfThisMachine();
      // Connects, and runs /bin/true in place of a conversation.
      const connect = ['nc', '-w', '20', address, port, '-e', '/bin/true'];
      for (const NetworkMode of ['bridge', 'another']) {
        const options = { HostConfig: { NetworkMode } };
        const answer = await runContainer(engine.files.socket, image, connect, options);
        expect(answer).toEqual({ output: '', exitCode: 0 });
      }
    });

    it('publishes the ports of its containers on this host', async () => {
      const image = await plainImage(engine.docker);
      const id = await startContainer(
        engine.files.socket,
        image,
        ['sh', '-c', 'echo from inside > /index.html; exec httpd -f -p 80 -h /'],
        {
          ExposedPorts: { '80/tcp': {} },
          HostConfig: { Init: true, PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1' }] } },
        },
      );
      const port = await publishedPort(engine.files.socket, id);
      expect(await fetchText(port)).toBe('from inside\n');
      await engine.docker.removeContainer(id);
    });

    it('takes its running containers over when it starts again after it was killed', async () => {
      const image = await plainImage(engine.docker);
      const id = await startContainer(engine.files.socket, image, ['sleep', '1000'], {
        HostConfig: { Init: true },
      });
      await kill(await daemonPid());
      expect(existsSync(engine.files.pidFile)).toBe(true);

      expect(await startPrivateEngine(engine.owner, quietStart)).toMatchObject({ started: true });
      expect((await engine.docker.inspectContainer(id))?.State.Status).toBe('running');
      await engine.docker.removeContainer(id);
    });

    it('stops with its containers and leaves only its data and its log', async () => {
      const image = await plainImage(engine.docker);
      const id = await startContainer(engine.files.socket, image, ['sleep', '1000'], {
        HostConfig: { Init: true },
      });
      expect(await stopPrivateEngine(engine.owner, quietStart)).toBe(true);
      await expectNothingLeft();

      await startPrivateEngine(engine.owner, quietStart);
      expect((await engine.docker.inspectContainer(id))?.State.Status).toBe('exited');
      await engine.docker.removeContainer(id);
    });

    it('leaves nothing either when it was killed before it is stopped', async () => {
      const image = await plainImage(engine.docker);
      await startContainer(engine.files.socket, image, ['sleep', '1000'], {
        HostConfig: { Init: true },
      });
      await kill(await daemonPid());
      expect(await stopPrivateEngine(engine.owner, quietStart)).toBe(true);
      await expectNothingLeft();
      expect(await stopPrivateEngine(engine.owner, quietStart)).toBe(false);
    });

    it('starts over a pidfile whose number belongs to somebody else by now, and a dead socket', async () => {
      await mkdir(`${engine.files.exec}/containerd`, { recursive: true });
      await writeFile(engine.files.pidFile, String(process.pid));
      await writeFile(`${engine.files.exec}/containerd/containerd.pid`, String(process.pid));
      await writeFile(engine.files.socket, '');
      expect(await startPrivateEngine(engine.owner, quietStart)).toMatchObject({ started: true });
      await engine.docker.ping();
      await stopPrivateEngine(engine.owner, quietStart);
    });

    it('is one engine when many start it at once', async () => {
      const starts = Array.from({ length: 8 }, () => startPrivateEngine(engine.owner, quietStart));
      const started = (await Promise.all(starts)).filter((answer) => answer.started);
      expect(started).toHaveLength(1);
      const daemons = (await engineProcesses(engine.files)).filter((p) => p.program === 'dockerd');
      expect(daemons).toHaveLength(1);
      await stopPrivateEngine(engine.owner, quietStart);
    });

    it('reports why dockerd did not start, and leaves nothing of it', async () => {
      rmSync(engine.files.data, { recursive: true });
      await mkdir(engine.files.data);
      // A file where dockerd wants to make a folder.
      await writeFile(`${engine.files.data}/containers`, '');
      const events: ApplyEvent[] = [];
      const report = (event: ApplyEvent): number => events.push(event);
      await expect(
        startPrivateEngine(engine.owner, { ...quietStart, report }),
      ).rejects.toMatchObject({
        code: 'engine_start_failed',
        exitCode: 3,
        details: [expect.stringMatching(/data\/containers: not a directory$/)],
      });
      expect(events.at(-1)).toMatchObject({ type: 'step-failed' });
      expect(await engineProcesses(engine.files)).toEqual([]);
      rmSync(`${engine.files.data}/containers`);
      expect(await startPrivateEngine(engine.owner, quietStart)).toMatchObject({ started: true });
    });

    it('ends the daemon it was starting when it is interrupted', async () => {
      await stopPrivateEngine(engine.owner, quietStart);
      const controller = new AbortController();
      const start = startPrivateEngine(engine.owner, {
        ...quietStart,
        signal: controller.signal,
      });
      while ((await engineProcesses(engine.files)).length === 0);
      controller.abort();
      await expect(start).rejects.toMatchObject({ code: 'interrupted' });
      expect(await engineProcesses(engine.files)).toEqual([]);
    });

    async function daemonPid(): Promise<number> {
      const { pid } = await privateEngineStatus(engine.owner);
      if (pid === undefined) throw new Error('no dockerd runs');
      return pid;
    }

    async function expectNothingLeft(): Promise<void> {
      expect(await engineProcesses(engine.files)).toEqual([]);
      expect(readdirSync(engine.files.run).sort()).toEqual(['daemon.json', 'dockerd.log']);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(engine.folder);
      const { prefix } = JSON.parse(readFileSync(engine.files.network, 'utf8')) as {
        prefix: string;
      };
      expect(execFileSync('ip', ['address'], { encoding: 'utf8' })).not.toContain(`${prefix}.`);
      expect(execFileSync('iptables-save', { encoding: 'utf8' })).not.toContain(`${prefix}.`);
    }
  },
);

function statOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  while (existsSync(`/proc/${pid}`)) await new Promise((done) => setTimeout(done, 20));
}

/** docker0, which belongs to another engine, or is made and taken away where there is none. */
function usualBridge(): { index: () => string; release: () => void } {
  const isOurs = !execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }).includes(': docker0:');
  if (isOurs) execFileSync('ip', ['link', 'add', 'docker0', 'type', 'bridge']);
  const show = ['-o', 'link', 'show', 'docker0'];
  return {
    index: () => execFileSync('ip', show, { encoding: 'utf8' }).split(':')[0]!,
    release: () => {
      if (isOurs) execFileSync('ip', ['link', 'delete', 'docker0']);
    },
  };
}

/** Everybody's rules but those of devenv's engines. */
function foreignRules(): string {
  return execFileSync('iptables-save', { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.startsWith('-') && !line.includes('devenv-'))
    .join('\n');
}

/** A server outside that this machine is known to reach: where its packages come from. */
async function mirrorOfThisMachine(): Promise<{ address: string; port: string }> {
  const query = ['indextargets', '--no-release-info', '--format', '$(SITE)'];
  const sites = execFileSync('apt-get', query, { encoding: 'utf8' }).split('\n');
  const { hostname, port, protocol } = new URL(sites.find((site) => /^https?:/.test(site))!);
  // A static busybox cannot look names up.
  const { address } = await lookup(hostname, 4);
  return { address, port: port || (protocol === 'https:' ? '443' : '80') };
}

/** What an HTTP server on a port of this host answers, once it is up. */
async function fetchText(port: number): Promise<string> {
  for (;;) {
    try {
      return await (await fetch(`http://127.0.0.1:${port}/`)).text();
    } catch {
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}
