import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildImage, type BuildOptions } from '../../../cli/src/engine/image/build.ts';
import type { Docker } from '../../../cli/src/engine/docker.ts';
import type { ApplyEvent } from '../../../cli/src/engine/events.ts';
import type { BuildSource } from '../../../cli/src/engine/image/inputs.ts';
import { hashImageInputs } from '../../../cli/src/engine/image/inputs.ts';
import { startFakeRegistry } from '../../support/fake-registry.ts';
import { describeWithEngine, testEngine } from '../../support/engine.ts';
import { plainImage } from '../../support/images.ts';
import { testFolder } from '../../support/temp-folder.ts';

describeWithEngine('buildImage', () => {
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
      Dockerfile: `FROM ${base}\nCOPY greeting.txt /\nRUN cat /greeting.txt\nENV A=1\n`,
      'greeting.txt': 'good morning\n',
    });
    const image = await docker.inspectImage(reference);
    expect(image?.Config.Env).toContain('A=1');
    const output = events.flatMap((event) => (event.type === 'step-output' ? event.text : []));
    expect(output.join('')).toContain('good morning\n');
    expect(output.join('')).toContain('Step 2/');
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
    const dockerfile = `ARG BASE\nFROM $BASE AS one\nARG COLOR=red\nRUN test "$https_proxy" = http://proxy:1 && echo $COLOR > /color\nLABEL stage=one\nFROM one AS two\nLABEL stage=two\n`;
    const { reference } = await build(
      { Dockerfile: dockerfile },
      { target: 'one', args: { BASE: base, COLOR: 'green', UNUSED: 'x' } },
      { environment: { HTTPS_PROXY: 'http://proxy:1' } },
    );
    const image = await docker.inspectImage(reference);
    expect(image?.Config.Labels?.stage).toBe('one');
    expect(image?.Config.Env?.join()).not.toContain('proxy');
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
      message: expect.stringMatching(/Dockerfile:7: .*non-zero code: 7$/) as string,
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
      message: expect.stringMatching(/Dockerfile:3: .*FRUM/) as string,
    });
  });

  it('names every instruction that needs BuildKit before it begins', async () => {
    const dockerfile = `FROM ${base}\nRUN --mount=type=cache,target=/x true\nCOPY --link . /\n`;
    await expect(build({ Dockerfile: dockerfile })).rejects.toMatchObject({
      code: 'build_failed',
      diagnostics: [
        { code: 'needs-buildkit', range: { start: { line: 2 } } },
        { code: 'needs-buildkit', range: { start: { line: 3 } } },
      ],
    });
  });

  it('refuses build secrets with a next step', async () => {
    const built = build({ Dockerfile: `FROM ${base}\n` }, { secrets: ['token'] });
    await expect(built).rejects.toMatchObject({
      code: 'build_failed',
      hint: expect.stringContaining('docker buildx build') as string,
    });
  });

  it('says where the base image is wanted that no registry gives', async () => {
    await expect(
      build({ Dockerfile: 'FROM scratch\nFROM 127.0.0.1:9/x:1\n' }),
    ).rejects.toMatchObject({
      code: 'pull_failed',
      message: expect.stringMatching(/Dockerfile:2: .*cannot reach the registry/) as string,
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
    let begun = (): void => undefined;
    const running = new Promise<string[]>((resolve) => {
      begun = () => {
        resolve(containersOf(marker));
      };
    });
    const built = build(
      { Dockerfile: `FROM ${base}\nRUN echo begun && sleep 600 && echo ${marker}\n` },
      {},
      {
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === 'step-output' && event.text === 'begun\n') begun();
        },
      },
    );
    built.catch(() => undefined);
    expect(await running).toHaveLength(1);
    controller.abort();
    await expect(built).rejects.toMatchObject({ code: 'interrupted' });
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
    const source = sourceIn(folder);
    const built = buildImage(nowhere, source, () => 'x', await optionsFor(() => undefined));
    await expect(built).rejects.toMatchObject({ code: 'engine_unreachable' });
  });

  type Extra = Partial<BuildOptions> & { onEvent?: (event: ApplyEvent) => void };

  async function build(
    files: Record<string, string>,
    changes: Partial<BuildSource> = {},
    { onEvent, ...extra }: Extra = {},
  ) {
    const source = { ...sourceIn(await testFolder(files)), ...changes };
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
    return hashImageInputs(sourceIn(await testFolder(files)), docker);
  }

  function sourceIn(folder: string): BuildSource {
    return {
      kind: 'build',
      dockerfile: join(folder, 'Dockerfile'),
      context: folder,
      target: undefined,
      args: {},
      secrets: [],
      cacheFrom: [],
      platform: undefined,
    };
  }

  async function fileInImage(reference: string, path: string): Promise<string | undefined> {
    const { readFileFromTar } = await import('../../../cli/src/engine/container/tar.ts');
    const container = await docker.createProbe(reference, { 'devenv-test': '1' });
    try {
      const tar = await docker.getArchive(container, path);
      return tar && (await readFileFromTar(tar))?.toString();
    } finally {
      await docker.removeContainer(container);
    }
  }

  async function containersOf(command: string): Promise<string[]> {
    const listings = (await docker.listContainers()) as unknown as {
      Id: string;
      Command: string;
    }[];
    return listings.filter(({ Command }) => Command.includes(command)).map(({ Id }) => Id);
  }
});
