import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { testEngine } from '../../support/engine.ts';
import { aLoginHost, describeWithLoginHost, type LoginHost } from '../../support/login-host.ts';

describeWithLoginHost('the end of a session', () => {
  const host = aLoginHost();

  afterEach(async () => {
    for (const { Id } of await host.containers('ann')) await testEngine().removeContainer(Id);
  });

  /** Starts a command and waits until it runs with all that looks after it. */
  async function startWatched(command: string, runs: string, extraOptions: string[] = []) {
    const client = host.startSsh('ann', [command], { stdin: 'pipe', extraOptions });
    await eventually(
      () => host.processesOf('ann'),
      (all) => all.includes(runs) && all.some((line) => line.includes('finish')),
      30_000,
    );
    // Not the client alone: awaiting this would await its end.
    return { client };
  }

  async function expectGone(command: string): Promise<void> {
    await eventually(
      () => host.processesOf('ann'),
      (all) => !all.includes(command),
      10_000,
    );
  }

  it.each([
    ['without a terminal', []],
    ['with a terminal', ['-tt']],
  ])('takes its processes along when the client is killed, %s', async (_, options) => {
    const { client } = await startWatched('sleep 4321 & sleep 4322; true', 'sleep 4322', options);
    client.kill('SIGKILL');
    await client;
    await expectGone('sleep 4321');
    await expectGone('sleep 4322');
    expect((await host.containers('ann'))[0]!.State.Running).toBe(true);
    await eventually(
      () => host.brokers(),
      (all) => all.length === 0,
    );
  });

  it('takes them along when sshd’s process for the connection is killed', async () => {
    const { client } = await startWatched('sleep 4323; true', 'sleep 4323');
    await host.asRoot(['pkill', '-KILL', '-u', 'ann', 'sshd']);
    expect((await client).exitCode).toBe(255);
    await expectGone('sleep 4323');
  });

  it('takes along what does not end when asked to', async () => {
    const stubborn = 'trap "" TERM INT; trap : HUP; while :; do sleep 4324; done';
    const { client } = await startWatched(stubborn, 'sleep 4324');
    client.kill('SIGKILL');
    await client;
    await expectGone(`/bin/bash -c ${stubborn}`);
  });

  it.each([
    ['setsid', 'setsid sleep 4325 > /dev/null 2>&1 < /dev/null &', 'sleep 4325'],
    ['nohup', 'nohup sleep 4326 > /dev/null 2>&1 < /dev/null &', 'sleep 4326'],
  ])('leaves what was started with %s', async (_, command, left) => {
    const { client } = await startWatched(`${command} sleep 4327; true`, 'sleep 4327');
    client.kill('SIGKILL');
    await client;
    await expectGone('sleep 4327');
    expect(await host.processesOf('ann')).toContain(left);
  });

  it('comes with a killed broker, with no shell of the host instead', async () => {
    const { client } = await startWatched('sleep 4328; true', 'sleep 4328');
    for (const pid of await host.brokers()) process.kill(pid, 'SIGKILL');
    const { exitCode, stdout } = await client;
    expect(exitCode).not.toBe(0);
    expect(stdout).toBe('');
    await expectGone('sleep 4328');
    expect((await host.ssh('ann', ['echo again'])).stdout.toString()).toBe('again\n');
  });

  it('comes with the container’s, with a status other than 0', async () => {
    const { client } = await startWatched('sleep 4329; true', 'sleep 4329');
    for (const { Id } of await host.containers('ann')) await testEngine().removeContainer(Id);
    expect((await client).exitCode).not.toBe(0);
  });

  it('of a client that has gone is in the audit log, too', async () => {
    const before = (await host.audit()).length;
    const { client } = await startWatched('sleep 4330; true', 'sleep 4330');
    client.kill('SIGKILL');
    await client;
    const lines = await eventually(
      async () => (await host.audit()).slice(before),
      (all) => all.some(({ event }) => event === 'end'),
    );
    expect(lines.map(({ event }) => event)).toEqual(['start', 'end']);
  });
});

describeWithLoginHost('a great many bytes', () => {
  const host = aLoginHost();

  it('come back as they went, a gigabyte of them, and the broker does not grow', async () => {
    await host.ssh('ann', ['true']);
    const client = host.startSsh('ann', ['cat'], {
      stdin: 'pipe',
      stdout: 'pipe',
      buffer: false,
      encoding: 'buffer',
    });
    const sent = createHash('sha256');
    const received = createHash('sha256');
    let bytes = 0;
    client.stdout.on('data', (chunk: Buffer) => {
      received.update(chunk);
      bytes += chunk.length;
    });
    const sizes: number[] = [];
    const chunk = Buffer.alloc(1024 * 1024);
    for (let index = 0; index < 1024; index++) {
      // No two megabytes are the same, none of them is worth compressing.
      for (let at = 0; at < chunk.length; at += 4)
        chunk.writeUInt32LE((at * 2654435761 + index * 40503) >>> 0, at);
      const copy = Buffer.from(chunk);
      sent.update(copy);
      if (!client.stdin.write(copy)) await once(client.stdin, 'drain');
      if (index % 64 === 63) sizes.push(await memoryOfBrokers(host));
    }
    client.stdin.end();
    const { exitCode } = await client;
    expect(exitCode).toBe(0);
    expect(bytes).toBe(1024 * 1024 * 1024);
    expect(received.digest('hex')).toBe(sent.digest('hex'));
    // Measured in kilobytes; after the first 128 MB nothing is to be added.
    expect(Math.max(...sizes.slice(2)) - sizes[1]!).toBeLessThan(50_000);
    expect(Math.max(...sizes)).toBeLessThan(200_000);
  }, 300_000);

  it('wait for a slow reader, and none is lost', async () => {
    const options = { stdin: 'ignore', stdout: 'pipe', buffer: false, encoding: 'buffer' } as const;
    const client = host.startSsh('ann', ['head -c 200000000 /dev/zero; echo end >&2'], options);
    client.stdout.pause();
    await running(host, 'head -c 200000000 /dev/zero');
    const sizes = [];
    // Nothing is read until what is on the way has been stuck for a while.
    for (let round = 0; round < 20; round++) {
      sizes.push(await memoryOfBrokers(host));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await host.processesOf('ann')).toContain('head -c 200000000 /dev/zero');
    expect(Math.max(...sizes)).toBeLessThan(200_000);
    let bytes = 0;
    client.stdout.on('data', (chunk: Buffer) => (bytes += chunk.length)).resume();
    await once(client.stdout, 'end');
    expect(bytes).toBe(200_000_000);
    expect((await client).exitCode).toBe(0);
  });
});

async function running(host: LoginHost, command: string): Promise<void> {
  await eventually(
    () => host.processesOf('ann'),
    (all) => all.includes(command),
    30_000,
  );
}

/** Kilobytes in memory. */
async function memoryOfBrokers(host: LoginHost): Promise<number> {
  const sizes = (await host.brokers()).map(async (pid) => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
