import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { link, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { buildImage, type BuildOptions } from '../../../cli/src/engine/image/build.ts';
import type { Docker } from '../../../cli/src/engine/docker.ts';
import type { ApplyEvent } from '../../../cli/src/engine/events.ts';
import type { BuildSource } from '../../../cli/src/engine/image/inputs.ts';
import { hashImageInputs } from '../../../cli/src/engine/image/inputs.ts';
import { startPrivateEngine } from '../../../cli/src/engine/private-engine.ts';
import { startEngineProxy } from '../../support/engine-proxy.ts';
import { startFakeRegistry } from '../../support/fake-registry.ts';
import { describeWithEngine, testEngine } from '../../support/engine.ts';
import { imageWithUser, plainImage } from '../../support/images.ts';
import { itUnless } from '../../support/it-unless.ts';
import {
  describePrivateEngine,
  noPrivateEngine,
  quietStart,
  removePrivateEngine,
  type TestPrivateEngine,
} from '../../support/private-engine.ts';
import { noRegistry, startRegistry } from '../../support/registry.ts';
import { testFolder } from '../../support/temp-folder.ts';

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
      return hashImageInputs(sourceIn(await testFolder(files)), docker);
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
    registry: undefined,
    trustsHost: false,
  };
}

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
            return buildImage(engine.docker, sourceIn(folder), () => 'devenv-test/full:1', {
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

/** All that others get of an image: configuration, history and layers, as `docker save` has them. */
async function wholeImage(reference: string): Promise<string> {
  const socketPath = process.env.DEVENV_TEST_HOST?.replace(/^unix:\/\//, '') ?? '';
  const tar = await new Dockerode({ socketPath }).getImage(reference).get();
  return (await buffer(tar as Readable)).toString('latin1');
}

/** Processes of this host with the text in their command line, by pid. */
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
    await buildImage(docker, sourceIn(folder), () => name, {
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

describeWithEngine('what only BuildKit can do', () => {
  it('takes here-documents, or names those that the engine is too old for', async () => {
    const built = buildWith(
      [
        `FROM ${await plainImage(testEngine())}`,
        'COPY <<one <<two /here/',
        'first',
        'one',
        'second',
        'two',
        'RUN <<end',
        'cat /here/one > /both',
        'cat /here/two >> /both',
        'end',
      ],
      {},
    );
    if (Number.parseInt((await testEngine().facts()).version, 10) >= 23) {
      expect(await textIn((await built).reference, '/both')).toBe('first\nsecond\n');
      return;
    }
    const hint = expect.stringContaining('# syntax=docker/dockerfile:1') as string;
    await expect(built).rejects.toMatchObject({
      code: 'build_failed',
      diagnostics: [2, 7].map((line) => ({
        code: 'needs-newer-buildkit',
        range: { start: { line } },
        hint,
      })),
    });
  });

  it('sends a file with several names once, whichever of them is copied', async () => {
    const folder = await testFolder({ Dockerfile: 'x', 'a/one': 'content' });
    await link(join(folder, 'a/one'), join(folder, 'b'));
    const base = await plainImage(testEngine());
    const dockerfile = [`FROM ${base}`, 'COPY . /all/', 'RUN stat -c %h /all/b > /names'];
    const all = await buildWith(dockerfile, {}, {}, folder);
    expect(await textIn(all.reference, '/names')).toBe('2\n');
    const second = await buildWith([`FROM ${base}`, 'COPY b /only'], {}, {}, folder);
    expect(await textIn(second.reference, '/only')).toBe('content');
  });

  it('mounts caches, secrets and files of the context, and keeps the secrets out', async () => {
    const secret = `secret-${randomUUID()}`;
    const dockerfile = [
      `FROM ${await plainImage(testEngine())} AS one`,
      'RUN --mount=type=cache,target=/c echo kept > /c/mark',
      'RUN --mount=type=secret,id=TOKEN wc -c < /run/secrets/TOKEN > /length',
      'RUN --mount=type=bind,source=tool,target=/t cp /t /copied',
      'RUN --mount=type=secret,id=NOTHING test ! -e /run/secrets/NOTHING',
    ];
    const { reference, events } = await buildWith(
      dockerfile,
      { tool: 'a tool' },
      {
        secrets: { TOKEN: secret },
      },
    );
    expect(await textIn(reference, '/length')).toBe(`${secret.length}\n`);
    expect(await textIn(reference, '/copied')).toBe('a tool');
    const history = JSON.stringify([await testEngine().inspectImage(reference), events]);
    expect(history).not.toContain(secret);
  });

  it('uses the host’s ssh agent', async () => {
    const socket = join(await testFolder(), 'agent.sock');
    const asked: Buffer[] = [];
    const agent = createServer((client) => {
      client.on('data', (data) => {
        asked.push(data);
        client.end('answer of the agent');
      });
    }).listen(socket);
    try {
      const dockerfile = [
        'FROM debian:bookworm-slim',
        `RUN --mount=type=ssh perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new($ENV{SSH_AUTH_SOCK}); print $s "question"; $s->flush; open F, ">/said"; print F $_ while <$s>'`,
      ];
      const { reference } = await buildWith(dockerfile, {}, { agentSocket: socket, noCache: true });
      expect(Buffer.concat(asked).toString()).toBe('question');
      expect(await textIn(reference, '/said')).toBe('answer of the agent');
    } finally {
      agent.close();
    }
  });

  it('keeps a build alive that takes longer than the engine’s questions after us', async () => {
    const dockerfile = [
      `FROM ${await plainImage(testEngine())}`,
      'RUN sleep 12',
      'RUN --mount=type=secret,id=A cat /run/secrets/A > /a',
    ];
    const { reference } = await buildWith(
      dockerfile,
      {},
      { secrets: { A: 'late' }, noCache: true },
    );
    expect(await textIn(reference, '/a')).toBe('late');
  }, 60_000);

  it('trusts what the host trusts where the file says so, and keeps that out of the image', async () => {
    const authorities = `authorities ${randomUUID()}`;
    const folder = await testFolder({ 'ca.pem': authorities });
    const dockerfile = [
      `FROM ${await plainImage(testEngine())}`,
      'RUN cat $NODE_EXTRA_CA_CERTS | wc -c > /length',
    ];
    const trusting = { trustsHost: true };
    const environment = { SSL_CERT_FILE: join(folder, 'ca.pem') };
    const { reference, events } = await buildWith(
      dockerfile,
      {},
      {
        hostEnvironment: environment,
        environment: { HTTPS_PROXY: 'http://proxy:1' },
        noCache: true,
      },
      undefined,
      trusting,
    );
    expect(await textIn(reference, '/length')).toBe(`${authorities.length}\n`);
    const output = events.flatMap((event) => (event.type === 'step-output' ? event.text : []));
    expect(output.join('')).toContain('[2/2] RUN cat /run/devenv/ca-certificates.crt | wc -c');
    const image = await testEngine().inspectImage(reference);
    expect(JSON.stringify(image?.Config)).not.toContain('/run/devenv');
    const whole = await wholeImage(reference);
    expect(whole).toContain(`${authorities.length}\n`);
    expect(whole).not.toContain(authorities);
    expect(whole).not.toContain('proxy:1');
    await expect(
      buildWith(
        [...dockerfile, 'FRUM x'],
        {},
        { hostEnvironment: environment },
        undefined,
        trusting,
      ),
    ).rejects.toMatchObject({ message: expect.stringContaining('Dockerfile:3: ') as string });
    await expect(
      buildWith(dockerfile, {}, { builder: 'classic' }, undefined, trusting),
    ).rejects.toMatchObject({ code: 'build_failed' });
  });

  it('sends again only what has changed', async () => {
    const folder = await testFolder({ Dockerfile: 'x', changed: 'one' });
    const { open: openFile } = await import('node:fs/promises');
    const big = await openFile(join(folder, 'big'), 'w');
    await big.truncate(64 * 1024 * 1024);
    await big.close();
    const dockerfile = [`FROM ${await plainImage(testEngine())}`, 'COPY . /app/'];
    const sizes: number[] = [];
    for (const text of ['one', 'two']) {
      await writeFile(join(folder, 'changed'), text);
      let sent = 0;
      const { reference } = await buildWith(
        dockerfile,
        {},
        {
          report: (event) => {
            if (event.type === 'step-progress') sent = event.current ?? 0;
          },
        },
        folder,
      );
      sizes.push(sent);
      expect(await textIn(reference, '/app/changed')).toBe(text);
    }
    expect(sizes[0]).toBeGreaterThan(60 * 1024 * 1024);
    expect(sizes[1]).toBe(0);
  });

  it('takes a file that vanishes before it is sent for an empty one, as docker does', async () => {
    const folder = await testFolder({ Dockerfile: 'x', late: 'gone by then' });
    const { open: openFile } = await import('node:fs/promises');
    const big = await openFile(join(folder, 'big'), 'w');
    await big.truncate(64 * 1024 * 1024);
    await big.close();
    const { reference } = await buildWith(
      [`FROM ${await plainImage(testEngine())}`, 'COPY . /app/'],
      {},
      {
        report: (event) => {
          if (event.type === 'step-progress') rmSync(join(folder, 'late'), { force: true });
        },
      },
      folder,
    );
    expect(await textIn(reference, '/app/late')).toBe('');
  });

  it('says of what cannot be sent what there is to do', async () => {
    const folder = await testFolder({ Dockerfile: 'x' });
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]), 'no UTF-8');
    const dockerfile = [`FROM ${await plainImage(testEngine())}`, 'COPY . /app/'];
    await expect(buildWith(dockerfile, {}, {}, folder)).rejects.toMatchObject({
      code: 'build_failed',
      message: expect.stringContaining(`The name of ${folder}`) as string,
      hint: expect.stringContaining('.dockerignore') as string,
    });
  });

  it('is named where the classic builder would have to do it', async () => {
    const dockerfile = [
      `FROM ${await plainImage(testEngine())}`,
      'RUN --mount=type=cache,target=/x true',
      'COPY --link . /',
    ];
    await expect(buildWith(dockerfile, {}, { builder: 'classic' })).rejects.toMatchObject({
      code: 'build_failed',
      diagnostics: [
        { code: 'needs-buildkit', range: { start: { line: 2 } } },
        { code: 'needs-buildkit', range: { start: { line: 3 } } },
      ],
    });
  });

  it('says whose output it is where stages run at once, and which of them failed', async () => {
    const base = await plainImage(testEngine());
    const dockerfile = [
      `FROM ${base} AS one`,
      `RUN for i in 1 2 3 4 5 6; do echo one $i; sleep 0.3; done # ${randomUUID()}`,
      `FROM ${base} AS two`,
      `RUN for i in 1 2 3; do echo two $i; sleep 0.3; done; exit 9`,
      'FROM one',
      'COPY --from=two /etc/passwd /x',
    ];
    const events: ApplyEvent[] = [];
    const failure = await buildWith(
      dockerfile,
      {},
      { report: (event) => events.push(event) },
    ).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'build_failed',
      message: expect.stringMatching(/Dockerfile:4: /) as string,
      details: ['two 1', 'two 2', 'two 3'],
    });
    const output = events.flatMap((event) => (event.type === 'step-output' ? event.text : []));
    expect(output.join('')).toContain('[two 2/2] two 1\n');
  });

  async function buildWith(
    lines: string[],
    files: Record<string, string>,
    changes: Partial<BuildOptions> = {},
    given?: string,
    more: Partial<BuildSource> = {},
  ) {
    const folder = given ?? (await testFolder(files));
    await writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
    const source: BuildSource = { ...sourceIn(folder), ...more };
    const events: ApplyEvent[] = [];
    const name = `devenv-test/buildkit:${randomUUID().slice(0, 8)}`;
    const reference = await buildImage(testEngine(), source, () => name, {
      noCache: false,
      pull: false,
      environment: {},
      logFile: join(folder, 'build.log'),
      report: (event) => events.push(event),
      index: 0,
      ...changes,
    });
    onTestFinished(async () => {
      await testEngine().removeImage(reference);
    });
    return { reference, events };
  }

  async function textIn(reference: string, path: string): Promise<string | undefined> {
    const { readFileFromTar } = await import('../../../cli/src/engine/container/tar.ts');
    const docker = testEngine();
    const container = await docker.createProbe(reference, { 'devenv-test': '1' });
    try {
      const tar = await docker.getArchive(container, path);
      return tar && (await readFileFromTar(tar))?.toString();
    } finally {
      await docker.removeContainer(container);
    }
  }
});
