import { utimes } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { Docker } from '../../../cli/src/engine/docker.ts';
import { readEngineFacts } from '../../../cli/src/engine/docker/engine-facts.ts';
import { startEngineProxy } from '../../support/engine-proxy.ts';
import { describeWithEngine } from '../../support/engine.ts';
import { testFolder } from '../../support/temp-folder.ts';

describeWithEngine('readEngineFacts', () => {
  it('asks an engine once, and again when its socket is another one', async () => {
    const cache = await testFolder();
    const engine = await startEngineProxy();
    try {
      const docker = new Docker({ host: engine.host });
      const first = await readEngineFacts(docker, cache);
      expect(first).toMatchObject({ kind: 'docker', host: engine.host });
      const asked = engine.calls.length;
      expect(asked).toBeGreaterThan(0);
      expect(await readEngineFacts(docker, cache)).toEqual(first);
      expect(engine.calls).toHaveLength(asked);
      // As a new socket would have another time of change.
      await utimes(engine.host.slice('unix://'.length), new Date(), new Date());
      expect(await readEngineFacts(docker, cache)).toEqual(first);
      expect(engine.calls).toHaveLength(2 * asked);
    } finally {
      await engine.close();
    }
  });
});
