import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Docker } from '../../../cli/src/engine/docker.ts';
import type { ApplyEvent } from '../../../cli/src/engine/events.ts';
import { explainPullFailure } from '../../../cli/src/engine/image/pull-failure.ts';
import { pullImage } from '../../../cli/src/engine/image/pull.ts';
import { describeWithEngine, testEngine } from '../../support/engine.ts';
import { startFakeRegistry, type FakeRegistry } from '../../support/fake-registry.ts';

describeWithEngine('pullImage', () => {
  let docker: Docker;
  let registry: FakeRegistry;

  beforeAll(async () => {
    docker = testEngine();
    registry = await startFakeRegistry();
  });

  afterAll(async () => {
    await registry.close();
  });

  it('brings the image, with progress for each layer', async () => {
    const reference = `${registry.address}/good:other`;
    try {
      const events = await pull(reference);
      expect(await docker.inspectImage(reference)).toMatchObject({ RepoTags: [reference] });
      const progress = events.filter((event) => event.type === 'step-progress');
      const layers = new Set(progress.map(({ part }) => part));
      expect(layers.size).toBe(1);
      expect([...layers][0]).toMatch(/^[0-9a-f]{12}$/);
      expect(progress.map(({ status }) => status)).toContain('Pull complete');
      const downloading = progress.filter(({ status }) => status === 'Downloading');
      expect(downloading.every(({ current, total }) => current! > 0 && total! > 300_000)).toBe(
        true,
      );
      expect(progress.every(({ index }) => index === 7)).toBe(true);
    } finally {
      await docker.removeImage(reference);
    }
  });

  it('takes latest, and nothing else, where no tag is given', async () => {
    try {
      await pull(`${registry.address}/good`);
      const image = await docker.inspectImage(`${registry.address}/good:latest`);
      expect(image?.RepoTags).toEqual([`${registry.address}/good:latest`]);
    } finally {
      await docker.removeImage(`${registry.address}/good:latest`);
    }
  });

  it.each([
    ['nothing:here', 'image_not_found', /spelling/],
    ['private:latest', 'pull_failed', /docker login 127\.0\.0\.1/],
    ['forbidden:latest', 'image_not_found', /docker login 127\.0\.0\.1/],
  ])('says what is wrong with %s', async (name, code, hint) => {
    await expect(pull(`${registry.address}/${name}`)).rejects.toMatchObject({
      code,
      hint: expect.stringMatching(hint) as string,
      message: expect.stringContaining(registry.address) as string,
    });
  });

  it('says that a registry where nothing listens cannot be reached', async () => {
    await expect(pull('127.0.0.1:9/x/y:1')).rejects.toMatchObject({
      code: 'pull_failed',
      message: expect.stringContaining('cannot reach the registry 127.0.0.1:9') as string,
    });
  });

  it('refuses what is not the name of an image', async () => {
    await expect(pull('Not/A Name')).rejects.toMatchObject({ code: 'image_not_found' });
  });

  it('stops the download when it is interrupted', async () => {
    const controller = new AbortController();
    const pulling = pull(`${registry.address}/slow:latest`, controller.signal);
    await Promise.race([registry.slowLayerAsked, pulling]);
    controller.abort();
    await expect(pulling).rejects.toMatchObject({ code: 'interrupted' });
    await registry.slowLayerDropped;
    expect(await docker.inspectImage(`${registry.address}/slow:latest`)).toBeUndefined();
  });

  it('goes on where the registry has cut it off', async () => {
    const reference = `${registry.address}/cut:latest`;
    await pull(reference);
    expect(await docker.inspectImage(reference)).toBeDefined();
    await docker.removeImage(reference);
  });

  it('does not begin when it is interrupted already', async () => {
    await expect(pull(`${registry.address}/good`, AbortSignal.abort())).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(await docker.inspectImage(`${registry.address}/good`)).toBeUndefined();
  });

  it('says that the engine is not there', async () => {
    const nowhere = new Docker({ host: 'unix:///nowhere/docker.sock' });
    const pulling = pullImage(nowhere, 'debian', { report: () => undefined, index: 0 });
    await expect(pulling).rejects.toMatchObject({ code: 'engine_unreachable' });
  });

  async function pull(reference: string, signal?: AbortSignal): Promise<ApplyEvent[]> {
    const events: ApplyEvent[] = [];
    await pullImage(docker, reference, {
      report: (event) => events.push(event),
      index: 7,
      ...(signal && { signal }),
    });
    return events;
  }
});

describe('explainPullFailure', () => {
  it.each([
    [
      'dial tcp: lookup registry-1.docker.io: no such host',
      'pull_failed',
      /cannot reach.*docker\.io/,
    ],
    ['Get "https://x/v2/": net/http: TLS handshake timeout', 'pull_failed', /cannot reach/],
    ['x509: certificate signed by unknown authority', 'pull_failed', /does not trust/],
    ['http: server gave HTTP response to HTTPS client', 'pull_failed', /plain HTTP/],
    ['toomanyrequests: You have reached your pull rate limit.', 'pull_failed', /refuses further/],
    ['no matching manifest for linux/arm64/v8 in the manifest list', 'pull_failed', /processor/],
    [
      "pull access denied for x, repository does not exist or may require 'docker login'",
      'image_not_found',
      /has no image/,
    ],
    ['write /var/lib/docker/tmp/x: no space left on device', 'disk_full', /disk is full/],
    ['something else', 'pull_failed', /could not be pulled/],
  ])('%s: %s', (said, code, message) => {
    const failure = explainPullFailure(new Error(said), 'node:22', 'unix:///x');
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(failure.hint).toBeTruthy();
    expect(failure.details).toEqual([said]);
  });

  it.each([
    ['debian:bookworm-slim', '"devenv image bootstrap debian:bookworm-slim"'],
    ['docker.io/library/ubuntu:noble', '"devenv image bootstrap ubuntu:noble"'],
    ['debian', '"devenv image bootstrap debian:SUITE"'],
  ])('offers to build %s from packages where no registry answers', (reference, command) => {
    const failure = explainPullFailure(new Error('connection refused'), reference, 'unix:///x');
    expect(failure.hint).toContain(command);
  });

  it('does not offer to build a release that nobody has heard of', () => {
    const error = new Error('connection refused');
    const { hint } = explainPullFailure(error, 'debian:bokworm', 'unix:///x');
    expect(hint).not.toContain('bokworm');
  });
});
