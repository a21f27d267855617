import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { testEngine } from '../../support/engine.ts';
import { aLoginHost, describeWithLoginHost, type LoginHost } from '../../support/login-host.ts';

describeWithLoginHost('the end of a session', () => {
  const host = aLoginHost();

  it.each([
    ['without a terminal', []],
    ['with a terminal', ['-tt']],
  ])('takes its processes along when the client is killed, %s', async (_, extraOptions) => {
    const options = { stdin: 'pipe', extraOptions } as const;
    const client = host.startSsh('ann', ['sleep 4321 & sleep 4322; true'], options);
    await running(host, 'sleep 4322');
    client.kill('SIGKILL');
    await client;
    await eventually(
      () => host.processesOf('ann'),
      (all) => !all.some((line) => line.startsWith('sleep 432')),
      10_000,
    );
    expect((await host.containers('ann'))[0]!.State.Running).toBe(true);
    await eventually(
      () => host.brokers(),
      (all) => all.length === 0,
    );
  });

  it('takes along what ignores a hang-up', async () => {
    const ignoring = `trap "" HUP TERM INT; while :; do sleep 4323; done`;
    const client = host.startSsh('ann', [ignoring], { stdin: 'pipe' });
    await running(host, 'sleep 4323');
    client.kill('SIGKILL');
    await client;
    await eventually(
      () => host.processesOf('ann'),
      (all) => !all.some((line) => line.includes('sleep 4323')),
      10_000,
    );
  });

  it('leaves what was put into a session of its own', async () => {
    await host.ssh('ann', ['setsid sleep 4324 >/dev/null 2>&1 < /dev/null & exit']);
    expect(await host.processesOf('ann')).toContain('sleep 4324');
    const client = host.startSsh('ann', ['sleep 4325'], { stdin: 'pipe' });
    await running(host, 'sleep 4325');
    client.kill('SIGKILL');
    await client;
    await eventually(
      () => host.processesOf('ann'),
      (all) => !all.includes('sleep 4325'),
    );
    expect(await host.processesOf('ann')).toContain('sleep 4324');
    await host.ssh('ann', ['pkill -f "sleep 4324"']);
  });

  it('comes with a killed broker, with no shell of the host instead', async () => {
    const client = host.startSsh('ann', ['sleep 4326'], { stdin: 'pipe' });
    await running(host, 'sleep 4326');
    for (const pid of await host.brokers()) process.kill(pid, 'SIGKILL');
    const { exitCode, stdout } = await client;
    expect(exitCode).not.toBe(0);
    expect(stdout).toBe('');
    await eventually(
      () => host.processesOf('ann'),
      (all) => !all.includes('sleep 4326'),
      10_000,
    );
    expect((await host.ssh('ann', ['echo again'])).stdout.toString()).toBe('again\n');
  });

  it('comes with the container’s, with a status other than 0', async () => {
    const client = host.startSsh('ann', ['sleep 4327'], { stdin: 'pipe' });
    await running(host, 'sleep 4327');
    for (const { Id } of await host.containers('ann')) await testEngine().removeContainer(Id);
    expect((await client).exitCode).not.toBe(0);
  });

  it('is not there yet when the client is gone and was heard of: a line says how it ended', async () => {
    const before = (await host.audit()).length;
    const client = host.startSsh('ann', ['sleep 4328'], { stdin: 'pipe' });
    await running(host, 'sleep 4328');
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
    client.stdout.on('data', (chunk: Buffer) => (bytes += chunk.length));
    expect((await client).exitCode).toBe(0);
    expect(bytes).toBe(200_000_000);
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
