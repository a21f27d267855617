import { afterAll, beforeAll, expect } from 'vitest';
import { itUnless } from '../support/it-unless.ts';
import { describeWithEngine, testEngine } from '../support/engine.ts';
import { noRegistry, startRegistry, type Registry } from '../support/registry.ts';
import { copySample } from './copy-sample.ts';

describeWithEngine('samples/prebuilt', () => {
  let registry: Registry;

  beforeAll(async () => {
    if (noRegistry === undefined) registry = await startRegistry();
  });
  afterAll(() => registry?.close());

  itUnless(noRegistry)('pulls what somebody has built from the same files', async () => {
    const { devenv } = await copySample('prebuilt', { SAMPLE_REGISTRY: registry.address });
    const built = await devenv.run(['build', '--push']);
    expect(built).toMatchObject({ exitCode: 0 });
    const reference = built.stdout.trim();
    expect(reference).toMatch(new RegExp(`^${registry.address}/samples/prebuilt:[0-9a-f]{12}$`));
    const docker = testEngine();
    const before = await docker.inspectImage(reference);
    expect(await docker.removeImage(reference)).toBe(true);
    try {
      const up = await devenv.run(['up', '--frozen']);
      expect(up).toMatchObject({ exitCode: 0 });
      expect((await docker.inspectImage(reference))?.Id).toBe(before?.Id);
      expect(await devenv.run(['run', 'test'])).toMatchObject({ stdout: 'good morning\n' });
    } finally {
      await devenv.run(['down', '--volumes', '--yes']);
      await docker.removeImage(reference);
    }
  });
});
