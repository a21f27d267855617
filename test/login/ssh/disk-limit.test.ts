import { expect } from 'vitest';
import { engineApi } from '../../support/engine-api.ts';
import { itUnless } from '../../support/it-unless.ts';
import { aLoginHost, describeWithLoginHost } from '../../support/login-host.ts';
import { plainImage } from '../../support/images.ts';

const obstacle = process.env.DEVENV_TEST_HOST ? await noDiskLimit() : undefined;

describeWithLoginHost('a limit for the disk', () => {
  const host = aLoginHost({ policy: { limits: { disk: '100m' } } });

  itUnless(obstacle)('ends what fills the container’s own layer', async () => {
    const command = 'head -c 200000000 /dev/zero > /tmp/large; stat -c %s /tmp/large';
    const { stdout, stderr } = await host.ssh('ann', [command]);
    expect(stderr).toMatch(/no space|quota/i);
    expect(Number(stdout.toString())).toBeLessThanOrEqual(105 * 1024 * 1024);
  });

  itUnless(obstacle === undefined ? 'the storage driver here can limit it' : undefined)(
    'that the storage driver cannot hold lets nobody in, and says so',
    async () => {
      const { stdout, stderr, status } = await host.ssh('ann', ['echo in']);
      expect(stdout.toString()).toBe('');
      expect(stderr).toMatch(/^devenv: The engine cannot limit the disk of a container/m);
      expect(stderr).toMatch(/^hint: .*"disk" out of the policy’s limits/m);
      expect(status).not.toBe(0);
      expect(await host.containers('ann')).toEqual([]);
    },
  );
});

/** Why the engine's storage driver holds no container to a size; undefined where it does. */
async function noDiskLimit(): Promise<string | undefined> {
  const options = { Image: await plainImage(), HostConfig: { StorageOpt: { size: '104857600' } } };
  try {
    await (await engineApi().createContainer(options)).remove({ force: true });
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/\s+/g, ' ');
  }
}
