import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isSession, userArgv } from '../../../cli/src/engine/session/markers.ts';
import { buildDriver, exitOf, type Driver } from '../../support/driver.ts';
import { describeWithEngine } from '../../support/engine.ts';
import { plainImage } from '../../support/images.ts';
import { startTestContainer, type TestContainer } from '../../support/test-container.ts';

const withinTenSeconds = { timeout: 10_000, interval: 200 };

describeWithEngine('how a session ends', () => {
  let driver: Driver;
  beforeAll(async () => {
    driver = await buildDriver();
  });
  afterAll(() => driver.remove());

  let container: TestContainer;
  afterEach(() => container.remove());

  /** Starts a script that says when it is ready; lets the guard come up where asked. */
  async function begin(script: string, { guarded = true } = {}): Promise<ChildProcess> {
    const child = driver.spawn(container, { argv: ['sh', '-c', script] });
    child.stdout!.setEncoding('utf8');
    const [first] = (await once(child.stdout!, 'data')) as [string];
    expect(first).toContain('ready');
    if (guarded) await untilGuarded(1);
    return child;
  }

  /** The engine knows of a guard a moment before the client has told it to begin. */
  async function untilGuarded(count: number): Promise<void> {
    await expect.poll(() => guards(container), withinTenSeconds).toBe(count);
    await pause(200);
  }

  for (const title of ['Debian, uid 1000', 'busybox, root']) {
    describe(`whichever shell is inside: ${title}`, () => {
      beforeEach(async () => {
        container =
          title === 'busybox, root'
            ? await startTestContainer({ image: await plainImage(), user: '0:0' })
            : await startTestContainer();
      });

      it('gives 128+n when the signal ended the command and what it had started', async () => {
        const child = await begin('echo ready; sleep 4321; sleep 4322');
        child.kill('SIGTERM');
        expect(await exitOf(child)).toBe(143);
        await expect.poll(() => container.processes()).toEqual([]);
      });

      it('kills on the second SIGINT what ignores the first', async () => {
        const child = await begin('trap "" INT HUP TERM; echo ready; while :; do sleep 1; done');
        child.kill('SIGINT');
        await pause(300);
        child.kill('SIGINT');
        expect(await exitOf(child)).toBe(137);
        await expect.poll(() => container.processes(), withinTenSeconds).toEqual([]);
      });

      it('does not live on when the client is killed', async () => {
        const child = await begin('sleep 5001 & trap "" HUP TERM; echo ready; sleep 5002 | cat');
        child.kill('SIGKILL');
        await expect.poll(() => container.processes(), withinTenSeconds).toEqual([]);
      });

      it('touches nothing but its own session', async () => {
        const other = await begin('echo ready; exec sleep 7001');
        const child = driver.spawn(container, { argv: ['sleep', '7002'] });
        await untilGuarded(2);
        child.kill('SIGKILL');
        await expect
          .poll(() => commands(container), withinTenSeconds)
          .toEqual(['sh -c echo ready; exec sleep 7001']);
        await expect.poll(() => guards(container), withinTenSeconds).toBe(1);
        other.kill('SIGTERM');
        expect(await exitOf(other)).toBe(143);
      });
    });
  }

  describe('in detail', () => {
    beforeEach(async () => {
      container = await startTestContainer();
    });

    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1'] as const) {
      it(`passes ${signal} on, and gives the status that the command makes of it`, async () => {
        const name = signal.slice(3);
        const child = await begin(
          `trap 'echo got ${name}; exit 55' ${name}; echo ready; while :; do sleep 0.1; done`,
          { guarded: signal !== 'SIGINT' },
        );
        const rest = text(child.stdout!);
        child.kill(signal);
        expect(await exitOf(child)).toBe(55);
        expect(await rest).toContain(`got ${name}`);
      });
    }

    it('kills what ignores SIGTERM in the end', async () => {
      const child = await begin('trap "" INT HUP TERM; echo ready; while :; do sleep 1; done');
      child.kill('SIGTERM');
      expect(await exitOf(child)).toBe(137);
    });

    it('leaves alone what has its own session, when the client is killed', async () => {
      const child = await begin('setsid sleep 6001 & echo ready; sleep 6002');
      child.kill('SIGKILL');
      await expect.poll(() => container.processes(), withinTenSeconds).toEqual(['sleep 6001']);
    });

    it('keeps what the command has left in the background, when it ends by itself', async () => {
      const script = 'sleep 8001 >/dev/null 2>&1 </dev/null & sleep 0.5';
      expect((await container.run(['sh', '-c', script])).status).toBe(0);
      await expect.poll(() => guards(container), withinTenSeconds).toBe(0);
      expect(await container.processes()).toEqual(['sleep 8001']);
    });

    it('ends when it is aborted', async () => {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 400);
      const { status } = await container.run(['sleep', '9001'], { signal: abort.signal });
      expect(status).toBe(143);
    });

    it('leaves nothing behind after 60 sessions', async () => {
      for (let round = 0; round < 15; round += 1) {
        const results = await Promise.all(
          [0, 0.1, 0.15, 0.2].map((seconds) => container.run(['sleep', String(seconds)])),
        );
        expect(results.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
      }
      await expect.poll(() => container.processes(), withinTenSeconds).toEqual([]);
      const states = await container.run(['sh', '-c', 'cat /proc/[0-9]*/stat | grep -c ") Z "']);
      expect(states.stdout).toBe('0\n');
    });
  });
});

async function runningExecs(container: TestContainer) {
  const inspection = await container.docker.inspectContainer(container.name);
  const ids = inspection?.ExecIDs ?? [];
  const execs = await Promise.all(ids.map((id) => container.docker.inspectExec(id)));
  return execs.filter((exec) => exec?.Running).map((exec) => exec!);
}

async function guards(container: TestContainer): Promise<number> {
  return (await runningExecs(container)).filter((exec) => !isSession(exec)).length;
}

async function commands(container: TestContainer): Promise<string[]> {
  const execs = await runningExecs(container);
  return execs.filter(isSession).map((exec) => userArgv(exec).join(' '));
}
