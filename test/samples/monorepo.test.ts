import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { describeWithEngine } from '../support/engine.ts';
import { copySample } from './copy-sample.ts';

describeWithEngine('samples/monorepo', () => {
  it('gives each folder its own environment in one repository', async () => {
    const { folder, devenv } = await copySample('monorepo');
    await execa('git', ['init', '--quiet', folder]);
    const api = { cwd: join(folder, 'api') };
    const web = { cwd: join(folder, 'web') };

    expect(await devenv.run(['run', 'report'], api)).toMatchObject({
      stdout: 'Welcome to api\n',
      exitCode: 0,
    });
    expect((await devenv.run(['run', 'build'], web)).stdout).toContain('<p>Welcome to web</p>');

    // make is in the image of one and not of the other.
    expect(await devenv.run(['exec', '--', 'make', '--version'], api)).toMatchObject({
      exitCode: 127,
    });
    const { workspaces } = JSON.parse((await devenv.run(['ls', '--json'])).stdout);
    const names = workspaces
      .filter(({ folder: at }: { folder: string }) => at.startsWith(folder))
      .map(({ name }: { name: string }) => name);
    expect(names.toSorted()).toEqual(['monorepo-api', 'monorepo-web']);
  }, 120_000);
});
