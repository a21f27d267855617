import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Docker } from '../../../cli/src/engine/docker.ts';
import type { ApplyEvent } from '../../../cli/src/engine/events.ts';
import { pullImage } from '../../../cli/src/engine/image/pull.ts';
import { explainPushFailure } from '../../../cli/src/engine/image/push-failure.ts';
import { pushImage } from '../../../cli/src/engine/image/push.ts';
import type { FoundLogin } from '../../../cli/src/engine/image/registry-login.ts';
import { describeWithEngine, testEngine } from '../../support/engine.ts';
import { plainImage } from '../../support/images.ts';
import { noRegistry, startRegistry, type Registry } from '../../support/registry.ts';

describe.skipIf(noRegistry !== undefined)(
  `with a registry (${noRegistry ?? 'there is one'})`,
  () => {
    describeWithEngine('pushImage', () => {
      let docker: Docker;
      let open: Registry;
      let closed: Registry;

      beforeAll(async () => {
        docker = testEngine();
        [open, closed] = await Promise.all([
          startRegistry(),
          startRegistry({ password: 'secret' }),
        ]);
      });

      afterAll(async () => {
        await open.close();
        await closed.close();
      });

      it('brings the image to the registry, with progress for each layer', async () => {
        const reference = await tagged(open, 'pushed');
        const events = await push(reference);
        const image = await docker.inspectImage(reference);
        expect(image?.RepoDigests).toContain(
          `${open.address}/pushed@${await open.digestOf('pushed', '1')}`,
        );
        const progress = events.filter((event) => event.type === 'step-progress');
        expect(progress.every(({ index }) => index === 7)).toBe(true);
        expect(progress.map(({ status }) => status)).toContain('Pushed');
        expect(new Set(progress.map(({ part }) => part)).size).toBe(1);
      });

      it('logs in where the registry demands it, to push and to pull', async () => {
        const reference = await tagged(closed, 'team/private');
        const login = {
          login: { ...closed.login, serveraddress: closed.address },
          problem: undefined,
        };
        await push(reference, { login });
        expect(await closed.digestOf('team/private', '1')).toMatch(/^sha256:/);
        expect(await docker.askRegistry(reference, login.login)).toEqual({
          digest: await closed.digestOf('team/private', '1'),
        });
        await docker.removeImage(reference);
        await pullImage(docker, reference, { report: () => undefined, index: 0, login });
        expect(await docker.inspectImage(reference)).toBeDefined();
      });

      it('says to log in where nobody has, and why a login could not be read', async () => {
        const reference = await tagged(closed, 'team/nobody');
        const problem = 'docker-credential-x is not installed.';
        await expect(
          push(reference, { login: { login: undefined, problem } }),
        ).rejects.toMatchObject({
          code: 'push_failed',
          message: expect.stringContaining('demands a login') as string,
          hint: expect.stringContaining(`docker login ${closed.address}`) as string,
          details: [expect.stringContaining('no basic auth'), problem] as unknown,
        });
        const login = { username: 'ann', password: 'wrong', serveraddress: closed.address };
        const wrong = push(reference, { login: { login, problem: undefined } });
        await expect(wrong).rejects.toMatchObject({ code: 'push_failed' });
        expect(await closed.digestOf('team/nobody', '1')).toBeUndefined();
      });

      it('says that a registry cannot be reached', async () => {
        const reference = `127.0.0.1:9/shop:1`;
        await docker.tagImage(await plainImage(), '127.0.0.1:9/shop', '1');
        try {
          await expect(push(reference)).rejects.toMatchObject({
            code: 'push_failed',
            message: expect.stringContaining('cannot reach the registry 127.0.0.1:9') as string,
          });
        } finally {
          await docker.removeImage(reference);
        }
      });

      it('leaves nothing to be found when it is interrupted, and goes on the next time', async () => {
        const reference = await tagged(open, 'interrupted');
        const { arrived, cut } = open.holdAt(/^PUT \/v2\/interrupted\/manifests\//);
        const controller = new AbortController();
        const pushing = push(reference, { signal: controller.signal });
        await Promise.race([arrived, pushing]);
        controller.abort();
        await expect(pushing).rejects.toMatchObject({ code: 'interrupted' });
        cut();
        expect(await open.digestOf('interrupted', '1')).toBeUndefined();
        await push(reference);
        expect(await open.digestOf('interrupted', '1')).toBeDefined();
      });

      async function tagged(registry: Registry, repository: string): Promise<string> {
        await docker.tagImage(await plainImage(), `${registry.address}/${repository}`, '1');
        const reference = `${registry.address}/${repository}:1`;
        onTestFinished(async () => void (await docker.removeImage(reference)));
        return reference;
      }

      async function push(
        reference: string,
        more: { login?: FoundLogin; signal?: AbortSignal } = {},
      ): Promise<ApplyEvent[]> {
        const events: ApplyEvent[] = [];
        const report = (event: ApplyEvent): void => void events.push(event);
        await pushImage(docker, reference, { report, index: 7, ...more });
        return events;
      }
    });
  },
);

describe('explainPushFailure', () => {
  it.each([
    ['no basic auth credentials', /demands a login/, /docker login a.io/],
    ['unauthorized: authentication required', /demands a login/, /docker login a.io/],
    [
      'denied: requested access to the resource is denied',
      /does not let you push/,
      /build.registry/,
    ],
    ['name unknown: The repository does not exist', /has no place/, /made first/],
    ['http: server gave HTTP response to HTTPS client', /plain HTTP/, /insecure-registries/],
    ['x509: certificate signed by unknown authority', /does not trust/, /ca.crt/],
    ['dial tcp: lookup a.io: no such host', /cannot reach/, /network/],
    ['write tcp 1.2.3.4: connection reset by peer', /broke while/, /second time/],
    ['unexpected EOF', /broke while/, /second time/],
    ['something else', /could not be pushed/, /docker push/],
  ])('%s', (said, message, hint) => {
    expect(explainPushFailure(new Error(said), 'a.io/shop:1', 'unix:///x')).toMatchObject({
      code: 'push_failed',
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
      details: [said],
    });
  });
});
