import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { buildImage, type BuildOptions } from '../../../cli/src/engine/image/build.ts';
import type { Docker } from '../../../cli/src/engine/docker.ts';
import type { ApplyEvent } from '../../../cli/src/engine/events.ts';
import type { BuildSource } from '../../../cli/src/engine/image/build-files.ts';
import { hashImageInputs } from '../../../cli/src/engine/image/inputs.ts';
import { startEngineProxy } from '../../support/engine-proxy.ts';
import { startFakeRegistry } from '../../support/fake-registry.ts';
import { describeWithEngine, testEngine } from '../../support/engine.ts';
import { imageWithUser, plainImage } from '../../support/images.ts';
import { itUnless } from '../../support/it-unless.ts';
import { noRegistry, startRegistry } from '../../support/registry.ts';
import { fileInImage, wholeImage } from '../../support/builds.ts';
import { testFolder } from '../../support/temp-folder.ts';
import { buildSource } from '../../support/build-source.ts';

const builders = ['buildkit', 'classic'] as const;

for (const builder of builders)
  describeWithEngine(`buildImage with ${builder}`, () => {
    let docker: Docker;
    let base: string;
    const repository = `devenv-test/build-${randomUUID().slice(0, 8)}`;

    beforeAll(async () => {
      docker = testEngine();
      base = await plainImage(docker);
    });

    afterAll(async () => {
      const built = await docker.listImages([`devenv-test-run=${repository}`]);
      for (const { Id, RepoTags } of built) {
        const names = (RepoTags ?? []).filter((name) => name.startsWith(repository));
        for (const name of names.length > 0 ? names : [Id]) await docker.removeImage(name);
      }
    });

    it('builds what the Dockerfile says, from files of the context', async () => {
      const { reference, events } = await build({
        Dockerfile: `FROM ${base}\nCOPY greeting.txt /\nRUN cat /greeting.txt # ${randomUUID()}\nENV A=1\n`,
        'greeting.txt': 'good morning\n',
      });
      const image = await docker.inspectImage(reference);
      expect(image?.Config.Env).toContain('A=1');
      const output = events.flatMap((event) => (event.type === 'step-output' ? event.text : []));
      expect(output.join('')).toContain('good morning\n');
      expect(output.join('')).toMatch(/^\[2\/\d\] COPY greeting.txt \/\n/m);
      expect(output.join('')).toMatch(/^\[3\/\d\] \d+\.\d s\n/m);
      expect(output.join('')).not.toMatch(/LABEL|Successfully|internal/);
    });

    it('labels the image with what it was built from', async () => {
      const { reference, inputs } = await build({ Dockerfile: `FROM ${base}\nENV A=2\n` });
      expect(reference).toBe(`${repository}:${inputs.slice(0, 12)}`);
      expect((await docker.inspectImage(reference))?.Config.Labels).toMatchObject({
        'devenv.built': '1',
        'devenv.inputs': inputs,
        'devenv.base': base,
      });
    });

    it('takes the arguments, the target stage and the proxies, and keeps the proxies out', async () => {
      const dockerfile = `ARG BASE\nFROM $BASE AS one\nARG COLOR=red\nRUN test "$https_proxy" = "http://pro""xy:1" && echo $COLOR > /color\nLABEL stage=one\nFROM one AS two\nLABEL stage=two\n`;
      const { reference } = await build(
        { Dockerfile: dockerfile },
        { target: 'one', args: { BASE: base, COLOR: 'green', UNUSED: 'x' } },
        { environment: { HTTPS_PROXY: 'http://proxy:1' } },
      );
      const image = await docker.inspectImage(reference);
      expect(image?.Config.Labels?.stage).toBe('one');
      expect(await wholeImage(reference)).not.toContain('proxy:1');
      expect(await fileInImage(reference, '/color')).toBe('green\n');
    });

    it('builds with a Dockerfile outside of the context, which COPY does not see', async () => {
      const folder = await testFolder({ 'app/file.txt': 'x', 'docker/App.Dockerfile': '' });
      const dockerfile = join(folder, 'docker/App.Dockerfile');
      await writeFile(dockerfile, `FROM ${base}\nCOPY . /app\nRUN ls -A /app > /list\n`);
      const { reference } = await build({}, { dockerfile, context: join(folder, 'app') });
      expect(await fileInImage(reference, '/list')).toBe('file.txt\n');
    });

    it('leaves out what the rules beside the Dockerfile say, in place of .dockerignore', async () => {
      const { reference } = await build({
        Dockerfile: `FROM ${base}\nCOPY . /app\nRUN ls -A /app > /list\n`,
        'Dockerfile.dockerignore': '*\n!kept\n',
        '.dockerignore': 'kept\n',
        kept: 'x',
        dropped: 'x',
      });
      expect(await fileInImage(reference, '/list')).toBe('kept\n');
    });

    it('names line and command of a failure, the last output and the log', async () => {
      const logFile = join(await testFolder(), 'logs/build.log');
      const dockerfile = `# first\nARG X=1\nFROM ${base}\nRUN true \\\n  && true\n\nRUN for i in $(seq 30); do echo line $i; done; echo the end; exit 7\nRUN true\n`;
      const failure = await build({ Dockerfile: dockerfile }, {}, { logFile }).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({
        code: 'build_failed',
        message: expect.stringMatching(/Dockerfile:7: .*code: 7$/) as string,
        hint: expect.stringContaining(logFile) as string,
        diagnostics: [{ range: { start: { line: 7 } } }],
      });
      const { details } = failure as { details: string[] };
      expect(details).toContain('the end');
      expect(details.length).toBeLessThanOrEqual(20);
      expect(await readFile(logFile, 'utf8')).toContain('\nline 1\nline 2\n');
      expect(await containersOf(`seq 30`)).toEqual([]);
    });

    it('names the line of a file to copy that is not there', async () => {
      const built = build({ Dockerfile: `FROM ${base}\nRUN true\nCOPY nothing.txt /\n` });
      await expect(built).rejects.toMatchObject({
        code: 'build_failed',
        message: expect.stringMatching(/Dockerfile:3: .*nothing\.txt/) as string,
      });
    });

    it('names the line of an instruction that the engine does not know', async () => {
      await expect(build({ Dockerfile: `FROM ${base}\n\nFRUM x\n` })).rejects.toMatchObject({
        code: 'build_failed',
        message: expect.stringMatching(/Dockerfile:3: (?!failed to solve).*FRUM/) as string,
      });
    });

    it('says that a step came from the cache', async () => {
      const files = { Dockerfile: `FROM ${base}\nRUN echo ${randomUUID()}\n` };
      await build(files);
      const { events } = await build(files);
      const output = events.flatMap((event) => (event.type === 'step-output' ? event.text : []));
      expect(output.join('')).toMatch(/^\[2\/2\] cached\n/m);
    });

    it('says where the base image is wanted that no registry gives', async () => {
      await expect(
        build({ Dockerfile: 'FROM scratch\nFROM 127.0.0.1:9/x:1\n' }),
      ).rejects.toMatchObject({
        code: 'pull_failed',
        message: expect.stringMatching(/Dockerfile:2: .*cannot reach the registry/) as string,
      });
    });

    it('names the line of a base image whose registry demands a login', async () => {
      const registry = await startFakeRegistry();
      onTestFinished(() => registry.close());
      const from = `${registry.address}/private:latest`;
      await expect(build({ Dockerfile: `FROM ${base}\nFROM ${from}\n` })).rejects.toMatchObject({
        code: 'pull_failed',
        message: expect.stringMatching(/Dockerfile:2: /) as string,
        hint: expect.stringContaining(`docker login ${registry.address}`) as string,
      });
    });

    itUnless(noRegistry)('takes base images from where one has to log in', async () => {
      const registry = await startRegistry({ password: 'secret' });
      onTestFinished(() => registry.close());
      const from = `${registry.address}/base:1`;
      const { username, password } = registry.login!;
      const login = { username, password, serveraddress: registry.address };
      await docker.tagImage(base, `${registry.address}/base`, '1');
      await text(await docker.pushImage(from, { login }));
      await docker.removeImage(from);
      const auth = Buffer.from(`${username}:${password}`).toString('base64');
      const config = JSON.stringify({ auths: { [registry.address]: { auth } } });
      const home = await testFolder({ '.docker/config.json': config });
      const { reference } = await build(
        { Dockerfile: `FROM ${from}\nRUN echo $((6 * 7)) > /made\n` },
        {},
        { logins: { environment: {}, home } },
      );
      onTestFinished(async () => void (await docker.removeImage(from)));
      expect(await fileInImage(reference, '/made')).toBe('42\n');
    });

    itUnless(noRegistry)(
      'takes the newest base image where it is asked to, and else the one here',
      async () => {
        const registry = await startRegistry();
        onTestFinished(() => registry.close());
        const repository = `${registry.address}/newest`;
        const from = `${repository}:1`;
        const newer = await imageWithUser(docker);
        await docker.tagImage(newer, repository, '1');
        await text(await docker.pushImage(from, { login: undefined }));
        await docker.tagImage(base, repository, '1');
        onTestFinished(async () => void (await docker.removeImage(from)));
        const files = { Dockerfile: `FROM ${from}\nRUN true\n` };
        const here = await build(files);
        expect(await fileInImage(here.reference, '/etc/passwd')).not.toContain('app:');
        const newest = await build(files, {}, { pull: true });
        expect(await fileInImage(newest.reference, '/etc/passwd')).toContain('app:');
      },
    );

    it('tells a step that finds the disk full from a mistake in it', async () => {
      const built = build({ Dockerfile: `FROM ${base}\nRUN echo x > /dev/full\n` });
      await expect(built).rejects.toMatchObject({
        code: 'build_failed',
        message: expect.stringMatching(/Dockerfile:2: /) as string,
        details: expect.arrayContaining([
          expect.stringMatching(/^sh: .*no space left/i),
        ]) as unknown,
        hint: expect.stringContaining('"devenv prune"') as string,
      });
    });

    it('pulls a missing base first, and names the image by what was then built from', async () => {
      const registry = await startFakeRegistry();
      const from = `${registry.address}/good:latest`;
      try {
        const files = { Dockerfile: `FROM ${from}\nCOPY Dockerfile /\n` };
        const before = await hashOf(files);
        expect(before.missingBases).toEqual([from]);
        const { reference, inputs, source } = await build(files);
        expect(await docker.inspectImage(reference)).toBeDefined();
        expect(inputs).not.toBe(before.full);
        expect((await hashImageInputs(source, docker)).full).toBe(inputs);

        await docker.removeImage(from);
        const without = await hashImageInputs(source, docker);
        expect(without).toMatchObject({ full: inputs, missingBases: [from] });
      } finally {
        await registry.close();
        await docker.removeImage(from);
      }
    });

    it('stops when it is interrupted, and leaves no container', async () => {
      const marker = randomUUID();
      const controller = new AbortController();
      let running: string[] = [];
      const built = build(
        { Dockerfile: `FROM ${base}\nRUN echo begun && sleep 600 && echo ${marker}\n` },
        {},
        {
          signal: controller.signal,
          onEvent: (event) => {
            if (event.type !== 'step-output' || event.text !== 'begun\n') return;
            running = processesOf(marker);
            controller.abort();
          },
        },
      );
      await expect(built).rejects.toMatchObject({ code: 'interrupted' });
      expect(running).not.toEqual([]);
      await expect.poll(() => processesOf(marker), { timeout: 20_000 }).toEqual([]);
      await expect.poll(() => containersOf(marker), { timeout: 20_000 }).toEqual([]);
    });

    it('stops while the context is being sent', async () => {
      const folder = await testFolder({ Dockerfile: `FROM ${base}\nCOPY . /\n` });
      await mkdir(join(folder, 'big'));
      for (const name of ['a', 'b', 'c']) {
        await writeFile(join(folder, 'big', name), Buffer.alloc(64 * 1024 * 1024));
      }
      const controller = new AbortController();
      let sent = 0;
      const built = build(
        {},
        { dockerfile: join(folder, 'Dockerfile'), context: folder },
        {
          signal: controller.signal,
          onEvent: (event) => {
            sent = event.type === 'step-progress' ? (event.current ?? 0) : sent;
            if (sent > 0) controller.abort();
          },
        },
      );
      await expect(built).rejects.toMatchObject({ code: 'interrupted' });
      expect(sent).toBeGreaterThan(0);
      expect(sent).toBeLessThan(100 * 1024 * 1024);
    });

    it('says that the engine is not there', async () => {
      const { Docker } = await import('../../../cli/src/engine/docker.ts');
      const nowhere = new Docker({ host: 'unix:///nowhere/docker.sock' });
      const folder = await testFolder({ Dockerfile: 'FROM x' });
      const source = buildSource(folder);
      const built = buildImage(nowhere, source, () => 'x', await optionsFor(() => undefined));
      await expect(built).rejects.toMatchObject({ code: 'engine_unreachable' });
    });

    type Extra = Partial<BuildOptions> & { onEvent?: (event: ApplyEvent) => void };

    async function build(
      files: Record<string, string>,
      changes: Partial<BuildSource> = {},
      { onEvent, ...extra }: Extra = {},
    ) {
      const source = buildSource(await testFolder(files), changes);
      const events: ApplyEvent[] = [];
      let inputs = '';
      const nameImage = (hash: string): string => {
        inputs = hash;
        return `${repository}:${hash.slice(0, 12)}`;
      };
      const options = await optionsFor((event) => {
        events.push(event);
        onEvent?.(event);
      });
      const reference = await buildImage(docker, source, nameImage, { ...options, ...extra });
      return { reference, inputs, events, source };
    }

    async function optionsFor(report: (event: ApplyEvent) => void): Promise<BuildOptions> {
      return {
        builder,
        noCache: false,
        pull: false,
        environment: {},
        labels: { 'devenv-test-run': repository },
        logFile: join(await testFolder(), 'build.log'),
        report,
        index: 0,
      };
    }

    async function hashOf(files: Record<string, string>) {
      return hashImageInputs(buildSource(await testFolder(files)), docker);
    }

    async function containersOf(command: string): Promise<string[]> {
      const listings = (await docker.listContainers()) as unknown as {
        Id: string;
        Command: string;
      }[];
      return listings.filter(({ Command }) => Command.includes(command)).map(({ Id }) => Id);
    }
  });

function processesOf(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
    } catch {
      return false; // It has ended since.
    }
  });
}

describeWithEngine('the builder', () => {
  it.each([
    ['docker', 'POST /session'],
    ['podman', undefined],
  ] as const)('that nobody names is the one that %s has', async (kind, session) => {
    const engine = await startEngineProxy();
    onTestFinished(() => engine.close());
    const { Docker } = await import('../../../cli/src/engine/docker.ts');
    const docker = new Docker({ host: engine.host });
    vi.spyOn(docker, 'facts').mockResolvedValue({ ...(await docker.facts()), kind });
    const folder = await testFolder({ Dockerfile: `FROM ${await plainImage(docker)}\n` });
    const name = `devenv-test/builder:${randomUUID().slice(0, 8)}`;
    await buildImage(docker, buildSource(folder), () => name, {
      noCache: true,
      pull: false,
      environment: {},
      logFile: join(folder, 'build.log'),
      report: () => undefined,
      index: 0,
    });
    onTestFinished(async () => void (await docker.removeImage(name)));
    expect(await docker.inspectImage(name)).toBeDefined();
    expect(engine.calls.find((call) => call.startsWith('POST /session'))).toBe(session);
  });
});
