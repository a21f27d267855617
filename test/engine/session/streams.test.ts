import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildDriver, exitOf, type Driver } from '../../support/driver.ts';
import { describeWithEngine } from '../../support/engine.ts';
import { startTestContainer, type TestContainer } from '../../support/test-container.ts';

const megabyte = 1024 * 1024;

describeWithEngine('a session without a terminal', () => {
  let container: TestContainer;
  let driver: Driver;
  beforeAll(async () => {
    [container, driver] = await Promise.all([startTestContainer(), buildDriver()]);
  });
  afterAll(() => Promise.all([container.remove(), driver.remove()]));

  it('carries 64 MB there and back unchanged', async () => {
    const child = driver.spawn(container, { argv: ['cat'] });
    const sent = createHash('sha256');
    const received = createHash('sha256');
    child.stdout!.on('data', (chunk: Buffer) => received.update(chunk));
    for (let count = 0; count < 64; count += 1) {
      const chunk = randomBytes(megabyte);
      sent.update(chunk);
      if (!child.stdin!.write(chunk)) await once(child.stdin!, 'drain');
    }
    child.stdin!.end();
    expect(await exitOf(child)).toBe(0);
    expect(received.digest('hex')).toBe(sent.digest('hex'));
  });

  it('needs no more memory for 512 MB, both ways and with a slow reader', async () => {
    const child = driver.spawn(container, { argv: ['cat'] });
    const after = async (megabytes: number): Promise<number> => {
      for (let count = 0; count < megabytes; count += 1) {
        if (!child.stdin!.write(Buffer.alloc(megabyte))) await once(child.stdin!, 'drain');
      }
      return residentMegabytes(child.pid!);
    };
    child.stdout!.resume();
    const early = await after(64);
    const late = await after(448);
    expect(late - early).toBeLessThan(64);

    // Whatever does not come out must not go in, but for what the buffers on the way hold.
    child.stdout!.pause();
    let taken = 0;
    child.stdin!.on('drain', () => (taken += 1));
    const blocked = after(64);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(taken).toBeLessThan(32);
    expect((await residentMegabytes(child.pid!)) - late).toBeLessThan(64);
    child.stdout!.resume();
    await blocked;
    child.stdin!.end();
    expect(await exitOf(child)).toBe(0);
  });

  it('delivers all that a command printed before it ended, though its input was not read', async () => {
    // So many bytes that some are still under way when the engine closes the connection.
    for (const size of [150_000, 250_000, 350_000, 8_000_000]) {
      const argv = ['sh', '-c', `head -c ${size} /dev/zero; exit 7`];
      const env = driver.environment(container, { argv });
      const script = 'yes | { "$0" "$1"; echo "status $?" >&2; } | { sleep 1; wc -c; }';
      const shell = spawn('sh', ['-c', script, process.execPath, driver.program], { env });
      const [stdout, stderr] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
      expect(stdout).toBe(`${size}\n`);
      expect(stderr).toBe('status 7\n');
    }
  });

  it('passes the end of a pipe on, and does not wait for one that stays open', async () => {
    const reader = driver.spawn(container, { argv: ['sh', '-c', 'cat; echo end'] });
    reader.stdin!.end('text ');
    expect(await text(reader.stdout!)).toBe('text end\n');
    const deaf = driver.spawn(container, { argv: ['echo', 'done'] });
    expect(await text(deaf.stdout!)).toBe('done\n');
    expect(await exitOf(deaf)).toBe(0);
  });

  it('begins with a stdin that is closed already', async () => {
    const command = 'exec "$0" "$1" <&-';
    const env = driver.environment(container, { argv: ['sh', '-c', 'cat; echo end'] });
    const args = ['-c', command, process.execPath, driver.program];
    const { stdout } = await promisify(execFile)('sh', args, { env });
    expect(stdout).toBe('end\n');
  });

  it('ends quietly when its reader has seen enough', async () => {
    const env = driver.environment(container, { argv: ['yes', 'marker-of-pipe'] });
    const script = '{ "$0" "$1"; echo "status $?" >&2; } | head -1';
    const shell = spawn('sh', ['-c', script, process.execPath, driver.program], { env });
    const [stdout, stderr] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
    expect(stdout).toBe('marker-of-pipe\n');
    expect(stderr).toBe('status 141\n');
    await expect.poll(() => container.processes()).toEqual([]);
  });

  it('ends a command that ignores the broken pipe', async () => {
    const argv = ['sh', '-c', 'trap "" PIPE HUP; while :; do echo y 2>/dev/null; done'];
    const env = driver.environment(container, { argv });
    const script = '{ "$0" "$1"; echo "status $?" >&2; } | head -1';
    const shell = spawn('sh', ['-c', script, process.execPath, driver.program], { env });
    expect(await text(shell.stderr)).toMatch(/^status 1(41|43)\n$/);
    await expect.poll(() => container.processes(), { timeout: 10_000 }).toEqual([]);
  });

  it('does not disturb another session', async () => {
    const children = ['one', 'two', 'three'].map((name) => {
      const child = driver.spawn(container, { argv: ['sh', '-c', `cat; echo ${name}; exit 3`] });
      child.stdin!.end(name.repeat(200_000));
      return { name, output: text(child.stdout!), exit: exitOf(child) };
    });
    for (const { name, output, exit } of children) {
      expect(await output).toBe(`${name.repeat(200_000)}${name}\n`);
      expect(await exit).toBe(3);
    }
  });
});

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
}
