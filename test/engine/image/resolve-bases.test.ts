import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repositoryOf } from '../../../cli/src/engine/image/registry-of.ts';
import { resolveBases, type BaseOptions } from '../../../cli/src/engine/image/resolve-bases.ts';
import { describeWithEngine, testEngine } from '../../support/engine.ts';
import { plainImage } from '../../support/images.ts';
import { noRegistry, startRegistry, type Registry } from '../../support/registry.ts';

const title = `resolveBases (${noRegistry ?? 'with a registry'})`;

describe.skipIf(noRegistry !== undefined)(title, () => {
  describeWithEngine('gives a base image', () => {
    const docker = testEngine();
    let registry: Registry;
    let reference: string;
    let digest: string;
    let platform: string;

    beforeAll(async () => {
      registry = await startRegistry();
      reference = `${registry.address}/team/base:1`;
      await here();
      expect(await text(await docker.pushImage(reference, { login: undefined }))).toMatch(/digest/);
      digest = (await registry.digestOf('team/base', '1'))!;
      platform = await docker.platform();
    });
    afterAll(async () => {
      await docker.removeImage(reference);
      await registry.close();
    });

    it('its id where nobody else has to know', async () => {
      await here();
      const id = (await docker.inspectImage(reference))?.Id;
      expect(await resolve(reference, { shared: false })).toMatchObject({ id, present: true });
    });

    it('its digest and platform in a shared build, the same here and elsewhere', async () => {
      await here();
      const id = `${digest} ${platform}`;
      expect(await resolve(reference)).toMatchObject({ id, present: true });
      await docker.removeImage(reference);
      expect(await resolve(reference)).toMatchObject({ id, present: false });
      const [os, architecture] = platform.split('/');
      expect(await resolve(reference, { platform: `${os}/${architecture}/v9` })).toMatchObject({
        id,
      });
      expect(await resolve(reference, { platform: 'linux/other' })).toMatchObject({
        id: `${digest} linux/other`,
      });
    });

    it('the digest that pins it, without asking anybody', async () => {
      await docker.removeImage(reference);
      const asked = registry.requests.length;
      const pinned = reference.replace(':1', `@${digest}`);
      expect(await resolve(pinned)).toMatchObject({ id: `${digest} ${platform}` });
      expect(registry.requests.slice(asked)).toEqual([]);
    });

    it('its id where no registry has it', async () => {
      const plain = await plainImage();
      const id = (await docker.inspectImage(plain))?.Id;
      expect(await resolve(plain)).toMatchObject({ id, present: true });
    });

    it('nothing where the registry has none, or nobody may ask', async () => {
      const nothing = { id: undefined, present: false, problem: undefined };
      expect(await resolve(`${registry.address}/team/none:1`)).toMatchObject(nothing);
      await docker.removeImage(reference);
      expect(await resolve(reference, { logins: undefined })).toMatchObject(nothing);
    });

    it('the reason why its registry does not say', async () => {
      expect(await resolve('127.0.0.1:9/base:1')).toMatchObject({
        id: undefined,
        problem: expect.stringContaining('cannot reach the registry 127.0.0.1:9') as string,
      });
    });

    function here(): Promise<void> {
      return plainImage().then((image) =>
        docker.tagImage(image, `${registry.address}/team/base`, '1'),
      );
    }

    async function resolve(base: string, more: Partial<BaseOptions> = {}) {
      const bases = [{ reference: base, platform: undefined, line: 1, stages: [] }];
      const [resolved] = await resolveBases(docker, bases, {
        recipe: 'of nothing',
        shared: true,
        platform: undefined,
        logins: { environment: {}, home: '/nonexistent' },
        ...more,
      });
      return resolved;
    }
  });
});

describe('repositoryOf', () => {
  it.each([
    ['debian', 'docker.io/library/debian'],
    ['debian:12', 'docker.io/library/debian'],
    ['docker.io/library/debian@sha256:ab', 'docker.io/library/debian'],
    ['index.docker.io/ann/shop:1', 'docker.io/ann/shop'],
    ['localhost:5000/shop', 'localhost:5000/shop'],
    ['localhost:5000/team/shop:1@sha256:ab', 'localhost:5000/team/shop'],
  ])('%s is in %s', (reference, repository) => {
    expect(repositoryOf(reference)).toBe(repository);
  });
});
