import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithEngine, testEngine } from '../support/engine.ts';
import { startFakeRegistry } from '../support/fake-registry.ts';
import { heldLocks } from '../support/held-locks.ts';
import { knowImage } from '../support/know-image.ts';
import { aPerson, containerOf, containersOf, type Person } from '../support/person.ts';
import { startTestContainer } from '../support/test-container.ts';

const image = 'debian:bookworm-slim';

describeWithEngine('an engine that dies during up', () => {
  const person = aPerson();
  // The hook is there to fail where the folders are not the caller's, or the home is empty.
  const hook = 'test -O ~/.npm && test -O ~/.bashrc && echo run >> runs';
  const yaml = `image: ${image}\ncaches: [~/.npm]\nhooks: {create: ${hook}}\n`;

  beforeAll(() => knowImage(person, image));
  afterEach(() => person.engine.heal());

  it.each([
    ['observe', /^GET \/volumes/, 'before'],
    ['volume', /^POST \/volumes\/create/, 'after'],
    ['not-created', /^POST \/containers\/create/, 'before'],
    ['created', /^POST \/containers\/create/, 'after'],
    ['not-prepared', /^PUT .*\/archive/, 'before'],
    ['prepared', /^PUT .*\/archive/, 'after'],
    ['home', /^GET .*\/archive/, 'after'],
    ['not-started', /^POST .*\/start/, 'before'],
    ['started', /^POST .*\/start/, 'after'],
    ['hook', /^POST .*\/exec$/, 'after'],
    ['hook-started', /^POST \/exec\/.*\/start/, 'after'],
    ['hook-ended', /^GET \/exec\//, 'before'],
  ] as const)('leaves nothing that the next up does not mend: %s', async (name, call, when) => {
    const folder = await person.project(name, { 'devenv.yaml': yaml });
    const died = person.engine.dieAt(call, when);
    const failed = await person.run(['up'], { cwd: folder });
    await died;
    expect(failed).toMatchObject({ exitCode: 3, stdout: '' });
    expect(failed.stderr).toMatch(/^hint: .*devenv doctor/m);
    expect(await heldLocks(person)).toEqual([]);

    await person.engine.heal();
    const { exitCode, stderr } = await person.run(['up'], { cwd: folder });
    expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
    const { Name, State } = await containerOf(folder);
    expect([Name, State.Status]).toEqual([expect.stringMatching(/-[0-9a-f]{8}$/), 'running']);
    expect(await readFile(join(folder, 'runs'), 'utf8')).toMatch(/^(run\n){1,2}$/);
  });
});

describeWithEngine('a rebuild', () => {
  const person = aPerson();
  let folder: string;
  let name: string;

  beforeAll(async () => {
    folder = await person.project('shop', {
      'devenv.yaml': `image: ${image}\nhooks: {create: echo run >> runs}\n`,
    });
    await person.run(['up'], { cwd: folder });
    name = (await containerOf(folder)).Name.slice(1);
  });
  afterEach(() => person.engine.heal());

  const calls = {
    create: /^POST \/containers\/create/,
    prepare: /^PUT .*-next\/archive/,
    stop: /^POST .*\/stop/,
    'set aside': /^POST .*[0-9a-f]{8}\/rename/,
    'move in': /^POST .*-next\/rename/,
    start: /^POST \/containers\/.*\/start/,
    hook: /^POST .*\/exec$/,
  };

  it.each(Object.entries(calls))(
    'that the engine refuses brings the old container back at once: %s',
    async (title, call) => {
      const before = await containerOf(folder);
      person.engine.failAt(call, 500, 'the engine is out of sorts');
      const failed = await person.run(['rebuild'], { cwd: folder });
      expect(failed).toMatchObject({ exitCode: title === 'hook' ? 6 : 1, stdout: '' });
      expect(failed.stderr).toContain('out of sorts');
      expect(failed.stderr).toContain('hint: ');
      const after = await containerOf(folder);
      expect([after.Id, after.Name, after.State.Status]).toEqual([
        before.Id,
        `/${name}`,
        'running',
      ]);
      expect(await heldLocks(person)).toEqual([]);
    },
  );

  it.each(Object.entries(calls))(
    'in which the engine dies leaves the old container to the next command: %s',
    async (_title, call) => {
      const before = await containerOf(folder);
      const died = person.engine.dieAt(call, 'after');
      const failed = await person.run(['rebuild'], { cwd: folder });
      await died;
      expect(failed).toMatchObject({ exitCode: 3, stdout: '' });
      expect(await heldLocks(person)).toEqual([]);

      await person.engine.heal();
      expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
      const after = await containerOf(folder);
      expect([after.Id, after.Name, after.State.Status]).toEqual([
        before.Id,
        `/${name}`,
        'running',
      ]);
    },
  );

  it('whose last step fails is done all the same, and the old container goes later', async () => {
    const before = await containerOf(folder);
    const died = person.engine.dieAt(/^DELETE .*-previous/, 'before');
    expect(await person.run(['rebuild'], { cwd: folder })).toMatchObject({ exitCode: 3 });
    await died;
    await person.engine.heal();
    const listed = await person.run(['ls', '--json'], { cwd: folder });
    expect((JSON.parse(listed.stdout) as { workspaces: unknown[] }).workspaces).toHaveLength(1);
    expect(await person.run(['-w', 'shop', 'up'], { cwd: '/' })).toMatchObject({ exitCode: 0 });
    const after = await containerOf(folder);
    expect(after.Id).not.toBe(before.Id);
    expect([after.Name, after.State.Status]).toEqual([`/${name}`, 'running']);
  });

  it('that fails late does not make the old container run its create hook again', async () => {
    const late = await person.project('late', {
      'devenv.yaml': `image: ${image}\nhooks: {create: echo run >> runs, start: test ! -e broken}\n`,
    });
    await person.run(['up'], { cwd: late });
    const before = await containerOf(late);
    await writeFile(join(late, 'broken'), '');
    expect(await person.run(['rebuild'], { cwd: late })).toMatchObject({ exitCode: 6 });
    await rm(join(late, 'broken'));
    expect(await person.run(['up'], { cwd: late })).toMatchObject({ exitCode: 0 });
    expect((await containerOf(late)).Id).toBe(before.Id);
    expect(await readFile(join(late, 'runs'), 'utf8')).toBe('run\nrun\n');
  });

  it('leaves a foreign container alone that has the name of the replacement', async () => {
    const before = await containerOf(folder);
    const foreign = await foreignContainer(`${name}-next`);
    try {
      const failed = await person.run(['rebuild'], { cwd: folder });
      expect(failed).toMatchObject({ exitCode: 1, stdout: '' });
      expect(failed.stderr).toContain('hint: ');
      expect((await testEngine().inspectContainer(`${name}-next`))?.Id).toBe(foreign);
      expect(await containerOf(folder)).toMatchObject({
        Id: before.Id,
        State: { Status: 'running' },
      });
    } finally {
      await testEngine().removeContainer(foreign);
    }
  });
});

describeWithEngine('an engine', () => {
  const person = aPerson();
  const project = (): Promise<string> =>
    person.project('shop', { 'devenv.yaml': `image: ${image}\n` });

  beforeAll(() => knowImage(person, image));
  afterEach(() => person.engine.heal());

  it.each([
    ['that was named and is not there', 'unix:///nonexistent/engine.sock', /nonexistent/],
    ['that was named and does not listen', 'tcp://127.0.0.1:1', /127\.0\.0\.1:1\b/],
    ['of any kind is nowhere to be found', undefined, /No container engine answers/],
  ])('%s is exit code 3, and 125 in a session', async (_title, host, words) => {
    const cwd = await project();
    const env = { DOCKER_HOST: host, XDG_RUNTIME_DIR: undefined };
    for (const [args, exitCode] of [
      [['up'], 3],
      [['exec', '--', 'true'], 125],
    ] as const) {
      const result = await person.run([...args], { cwd, env });
      expect(result).toMatchObject({ exitCode, stdout: '' });
      expect(result.stderr).toMatch(words);
      expect(result.stderr).toMatch(/^hint: .*devenv (doctor|engine start)/m);
    }
  });

  it('that takes connections and never answers is given up', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const env = { DOCKER_HOST: `tcp://127.0.0.1:${port}` };
    const cwd = await project();
    try {
      const results = await Promise.all([
        person.run(['up'], { cwd, env }),
        person.run(['exec', '--', 'true'], { cwd, env }),
        person.run(['ls'], { cwd, env }),
      ]);
      expect(results.map(({ exitCode }) => exitCode)).toEqual([3, 125, 3]);
      for (const { stderr } of results) {
        expect(stderr).toContain('does not answer in time');
        expect(stderr).toMatch(/^hint: .*devenv doctor/m);
      }
      expect(await heldLocks(person)).toEqual([]);
    } finally {
      server.close();
      server.unref();
    }
  }, 40_000);

  it('that breaks off in the middle of an answer is a failure, not silence', async () => {
    const cwd = await project();
    const died = person.engine.dieAt(/^GET \/containers\/.+\/json/, 'within');
    const result = await person.run(['ports'], { cwd });
    await died;
    expect(result).toMatchObject({ exitCode: 3, stdout: '' });
    expect(result.stderr).toContain('went away');
  });

  it.each([
    ['create', /^POST \/containers\/create/],
    ['prepare', /^PUT .*\/archive/],
    ['start', /^POST .*\/start/],
  ])('whose disk is full at "%s" says so, and keeps nothing half-made', async (_title, call) => {
    const folder = await project();
    const message = 'write /var/lib/docker/overlay2/x/diff/etc/passwd: no space left on device';
    person.engine.failAt(call, 500, message);
    const failed = await person.run(['up', '--json'], { cwd: folder });
    expect(failed.exitCode).toBe(1);
    expect(JSON.parse(failed.stdout)).toMatchObject({
      error: {
        code: 'disk_full',
        hint: expect.stringContaining('devenv prune') as string,
        details: [message],
      },
    });
    expect(await containersOf(folder)).toEqual([]);
    expect(await heldLocks(person)).toEqual([]);
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    await person.run(['down'], { cwd: folder });
  });

  it('whose port was taken meanwhile says which, and keeps nothing half-made', async () => {
    const folder = await project();
    const words = 'driver failed: Bind for 127.0.0.1:8080 failed: port is already allocated';
    person.engine.failAt(/^POST .*\/start/, 500, words);
    const failed = await person.run(['up'], { cwd: folder });
    expect(failed).toMatchObject({ exitCode: 1, stdout: '' });
    expect(failed.stderr).toContain('Port 8080');
    expect(failed.stderr).toContain('hint: ');
    expect(await containersOf(folder)).toEqual([]);
  });
});

describeWithEngine('a folder for notes that cannot be made', () => {
  const person = aPerson();

  it('is named, with what to do', async () => {
    const folder = await person.project('shop', { 'devenv.yaml': `image: ${image}\n` });
    const env = { XDG_STATE_HOME: '/etc/not-theirs' };
    const failed = await person.run(['up', '--json'], { cwd: folder, env });
    expect(failed.exitCode).toBe(1);
    expect(JSON.parse(failed.stdout)).toMatchObject({
      error: {
        code: 'folder_unusable',
        message: expect.stringContaining('/etc/not-theirs') as string,
        hint: expect.stringContaining('XDG_STATE_HOME') as string,
      },
    });
    expect(await containersOf(folder)).toEqual([]);
  });
});

describeWithEngine('an image', () => {
  const person = aPerson();

  it.each([
    ['that its registry does not have', 'image_not_found', 'Check the spelling'],
    ['whose registry cannot be reached', 'pull_failed', 'network'],
  ])('%s is exit code 4', async (title, code, hint) => {
    const registry = await startFakeRegistry();
    try {
      const there = title.includes('does not have');
      if (!there) await registry.close();
      const folder = await person.project(code, {
        'devenv.yaml': `image: ${registry.address}/gone:1\n`,
      });
      const failed = await person.run(['up', '--json'], { cwd: folder });
      expect(failed.exitCode).toBe(4);
      expect(JSON.parse(failed.stdout)).toMatchObject({
        error: { code, hint: expect.stringContaining(hint) as string },
      });
      expect(await containersOf(folder)).toEqual([]);
      const session = await person.run(['exec', '--', 'true'], { cwd: folder });
      expect(session.exitCode).toBe(125);
      expect(await heldLocks(person)).toEqual([]);
    } finally {
      await registry.close();
    }
  });
});

describeWithEngine('somebody else’s container with the name of the workspace', () => {
  const person = aPerson();

  it.each([
    ['without labels', () => ({})],
    [
      'with the labels of another user',
      (folder: string, id: string) => ({
        'devenv.id': id,
        'devenv.uid': '1',
        'devenv.root': folder,
        'devenv.environment': '',
      }),
    ],
    [
      'with the labels of another folder',
      (_folder: string, id: string) => ({
        'devenv.id': id,
        'devenv.uid': String(person.user.uid),
        'devenv.root': '/elsewhere',
        'devenv.environment': '',
      }),
    ],
  ])('is not touched: %s', async (title, labelsFor) => {
    const folder = await person.project(title.replaceAll(' ', '-'), {
      'devenv.yaml': `image: ${image}\n`,
    });
    const { container, id } = await identityOf(person, folder);
    const foreign = await foreignContainer(container, labelsFor(folder, id));
    try {
      for (const [args, exitCode] of [
        [['up'], 1],
        [['rebuild', '--yes'], 1],
        [['exec', '--', 'true'], 125],
        [['stop'], 0],
        [['down', '--volumes', '--yes'], 0],
      ] as const) {
        const result = await person.run([...args], { cwd: folder });
        expect([args[0], result.exitCode]).toEqual([args[0], exitCode]);
        if (exitCode !== 0) expect(result.stderr).toMatch(/taken by[^]*^hint: /m);
      }
      const found = await testEngine().inspectContainer(foreign);
      expect([found?.Name, found?.State.Status]).toEqual([`/${container}`, 'created']);
    } finally {
      await testEngine().removeContainer(foreign);
    }
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
  });
});

describeWithEngine('a workspace that others act upon', () => {
  const person = aPerson();

  it('ends a session whose container is removed, and is there again for the next', async () => {
    const folder = await person.project('removed', { 'devenv.yaml': `image: ${image}\n` });
    await person.run(['up'], { cwd: folder });
    const session = person.cli.start(['exec', '--', 'sh', '-c', 'echo in; exec sleep 600'], {
      cwd: folder,
    });
    await once(session.stdout, 'data');
    await testEngine().removeContainer((await containerOf(folder)).Id);
    const { exitCode, stderr } = await session;
    expect(exitCode).toBe(137);
    expect(stderr).toContain('the workspace was stopped');
    const next = await person.run(['exec', '--', 'echo', 'again'], { cwd: folder });
    expect(next).toMatchObject({ exitCode: 0, stdout: 'again\n' });
  });

  it('keeps the volumes that something else still uses, and says what', async () => {
    const folder = await person.project('volume', { 'devenv.yaml': `image: ${image}\n` });
    await person.run(['up'], { cwd: folder });
    const [volume] = await testEngine().listVolumes([`devenv.root=${folder}`]);
    const source = volume?.Name ?? '';
    const user = await startTestContainer({
      mounts: [{ type: 'volume', source, target: '/data', readOnly: false }],
    });
    const down = ['down', '--volumes', '--yes'];
    try {
      const refused = await person.run(down, { cwd: folder });
      expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
      expect(refused.stderr).toContain(`remove volume ${source}, which is in use`);
      expect(refused.stderr).toContain('hint: ');
      expect(await testEngine().listVolumes([`devenv.root=${folder}`])).toHaveLength(1);
    } finally {
      await user.remove();
    }
    expect(await person.run(down, { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await testEngine().listVolumes([`devenv.root=${folder}`])).toEqual([]);
  });
});

async function identityOf(person: Person, cwd: string): Promise<{ container: string; id: string }> {
  const { stdout } = await person.run(['status', '--json'], { cwd });
  return JSON.parse(stdout) as { container: string; id: string };
}

/** A container that devenv did not make for this person; gives its id. */
async function foreignContainer(
  name: string,
  labels: Record<string, string> = {},
): Promise<string> {
  const docker = testEngine();
  const id = await docker.createProbe(image, labels);
  await docker.renameContainer(id, name);
  return id;
}
