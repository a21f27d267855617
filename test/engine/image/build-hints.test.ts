import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Docker } from '../../../cli/src/engine/docker.ts';
import type { ApplyEvent } from '../../../cli/src/engine/events.ts';
import { buildImage } from '../../../cli/src/engine/image/build.ts';
import type { DevenvError } from '../../../cli/src/errors.ts';
import { buildSource } from '../../support/build-source.ts';
import { describeWithEngine, testEngine } from '../../support/engine.ts';
import { plainImage } from '../../support/images.ts';
import { testFolder } from '../../support/temp-folder.ts';

for (const builder of ['buildkit', 'classic'] as const)
  describeWithEngine(`a build that fails with ${builder}`, () => {
    let docker: Docker;
    let base: string;

    beforeAll(async () => {
      docker = testEngine();
      base = await plainImage(docker);
    });

    it.each([
      ['COPY gone /x', 'There is no "gone" in the context CONTEXT.'],
      [
        'COPY --chmod=755 srcs /x',
        'There is no "srcs" in the context CONTEXT. Did you mean "src"?',
      ],
      ['COPY src/mian.c /x', 'Did you mean "src/main.c"?'],
      ['ADD ["gone with", "/x"]', 'There is no "gone with" in the context CONTEXT.'],
      ['COPY ../outside /x', 'A build sees only what is in its context, CONTEXT:'],
      [
        'COPY notes/one.txt /x',
        '"notes/one.txt" is there, but CONTEXT/.dockerignore leaves it out',
      ],
    ])('says why the file is not found: %s', async (instruction, words) => {
      const line = builder === 'classic' ? instruction.replace('--chmod=755 ', '') : instruction;
      const { failure, context } = await fail({
        Dockerfile: `FROM ${base}\n${line}\n`,
        '.dockerignore': 'notes\n',
        'notes/one.txt': 'x',
        'src/main.c': 'x',
      });
      expect(failure.code).toBe('build_failed');
      expect(failure.message).toContain('/Dockerfile:2: ');
      expect(failure.hint).toContain(words.replaceAll('CONTEXT', context));
      expect(failure.hint).toContain('All of the output is in ');
    });

    it('says which stage may have been meant', async () => {
      const { failure } = await fail({
        Dockerfile: `FROM ${base} AS build\nFROM ${base}\nCOPY --from=biuld /x /\n`,
      });
      expect(failure.message).toContain('/Dockerfile:3: ');
      expect(failure.hint).toMatch(/^No stage before that line .* Did you mean "build"\?/);
    });

    it('has said which of its arguments nothing takes', async () => {
      const files = { Dockerfile: `FROM ${base}\nARG COLOR\nRUN false # ${randomUUID()}\n` };
      const { notices } = await fail(files, { COLR: 'red', HTTP_PROXY: '' });
      expect(notices).toEqual([
        'No ARG of the Dockerfile takes "COLR" of "build.args". Did you mean COLOR?',
      ]);
    });

    it('says that --pull is not needed for an image that is there', async () => {
      const { failure } = await fail({ Dockerfile: `FROM ${base}\n` }, {}, true);
      expect(failure.code).toMatch(/^(?:pull_failed|image_not_found)$/);
      expect(failure.message).toContain(base);
      if (failure.code === 'pull_failed') expect(failure.hint).toContain('leave "--pull" out');
    });

    async function fail(
      files: Record<string, string>,
      args: Record<string, string> = {},
      pull = false,
    ) {
      const context = await testFolder(files);
      const source = buildSource(context, { args });
      const events: ApplyEvent[] = [];
      const failure = await buildImage(docker, source, () => `devenv-test/fails:${randomUUID()}`, {
        builder,
        noCache: false,
        pull,
        environment: {},
        logFile: join(await testFolder(), 'build.log'),
        report: (event) => events.push(event),
        index: 0,
      }).then(
        (reference) => expect.fail(`built ${reference}`),
        (error: unknown) => error as DevenvError,
      );
      const notices = events.flatMap((event) => (event.type === 'notice' ? event.text : []));
      return { failure, context, notices };
    }
  });
