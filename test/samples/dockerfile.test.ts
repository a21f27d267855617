import { appendFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithEngine } from '../support/engine.ts';
import { copySample } from './copy-sample.ts';

describeWithEngine('samples/dockerfile', () => {
  it('builds, serves the page on a free port, and renews itself when packages.txt changes', async () => {
    await takePort(8000);
    const { folder, devenv } = await copySample('dockerfile');

    expect(await devenv.run(['up'])).toMatchObject({ exitCode: 0 });
    const test = await devenv.run(['run', 'test']);
    expect(test.stdout).toContain('<h1>Installed here</h1>');

    const [port] = JSON.parse((await devenv.run(['ports', '--json'])).stdout).ports;
    expect(port).toMatchObject({ container: 8000 });
    expect(port.host).not.toBe(8000);
    const page = await fetch(`http://127.0.0.1:${port.host}/`);
    expect(await page.text()).toBe(test.stdout);

    await appendFile(join(folder, 'packages.txt'), 'bc\n');
    expect(await devenv.run(['up', '--yes'])).toMatchObject({ exitCode: 0 });
    expect(await devenv.run(['exec', '--', 'bc', '--version'])).toMatchObject({ exitCode: 0 });
    // The page is in a volume, and older than packages.txt: the create hook made it anew.
    expect((await devenv.run(['run', 'test'])).stdout).toContain('bc');
  }, 300_000);
});

/** Holds a port of this host during the test, unless somebody holds it already. */
async function takePort(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
  });
}
