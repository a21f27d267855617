import { execFileSync } from 'node:child_process';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from '../../../cli/src/engine/image/build.ts';
import { startPrivateEngine } from '../../../cli/src/engine/private-engine.ts';
import { plainImage } from '../../support/images.ts';
import {
  describePrivateEngine,
  noPrivateEngine,
  quietStart,
  removePrivateEngine,
  type TestPrivateEngine,
} from '../../support/private-engine.ts';
import { buildSource } from '../../support/build-source.ts';
import { testFolder } from '../../support/temp-folder.ts';

const builders = ['buildkit', 'classic'] as const;

const noSmallEngine =
  process.getuid?.() === 0 ? await noPrivateEngine() : 'only root mounts a small disk';

describe.skipIf(noSmallEngine)(
  `a build that fills the engine's disk${noSmallEngine ? ` (skipped: ${noSmallEngine})` : ''}`,
  () => {
    let engine: TestPrivateEngine;
    let base: string;

    beforeAll(async () => {
      engine = await describePrivateEngine();
      await mkdir(engine.files.data, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', engine.files.data]);
      await startPrivateEngine(engine.owner, quietStart);
      base = await plainImage(engine.docker);
    });

    // Stopping it unmounts what is below its folder.
    afterAll(() => removePrivateEngine(engine));

    for (const builder of builders)
      it.each([
        ['a step', 'RUN dd if=/dev/zero of=/big bs=1M count=100', 'build_failed'],
        ['the context', 'COPY big /', 'disk_full'],
      ])(
        `says so with ${builder}, and builds again when there is room: %s`,
        // The engine frees what a build has left in its own time, and so small a disk may be full meanwhile.
        { retry: 2 },
        async (_, step, code) => {
          const folder = await testFolder({ big: '' });
          await truncate(join(folder, 'big'), 100 * 1024 * 1024);
          const run = async (text: string): Promise<string> => {
            await writeFile(join(folder, 'Dockerfile'), `FROM ${base}\n${text}\n`);
            return buildImage(engine.docker, buildSource(folder), () => 'devenv-test/full:1', {
              builder,
              noCache: true,
              pull: false,
              environment: {},
              logFile: join(folder, 'build.log'),
              report: () => undefined,
              index: 0,
            });
          };
          await expect(run(step)).rejects.toMatchObject({
            code,
            hint: expect.stringContaining('"devenv prune"') as string,
          });
          expect(await engine.docker.inspectImage('devenv-test/full:1')).toBeUndefined();
          await run('RUN true');
          await engine.docker.removeImage('devenv-test/full:1');
        },
      );
  },
);
