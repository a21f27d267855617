import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithEngine } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { startFakeRegistry } from '../support/fake-registry.ts';
import { heldLocks } from '../support/held-locks.ts';
import { knowImage } from '../support/know-image.ts';
import { aPerson, containerOf, containersOf, type Person } from '../support/person.ts';
import { removeBuiltImages } from '../support/remove-built-images.ts';

const image = 'debian:bookworm-slim';

const upCalls = {
  observe: /^GET \/volumes/,
  volume: /^POST \/volumes\/create/,
  create: /^POST \/containers\/create/,
  prepare: /^PUT .*\/archive/,
};

const rebuildCalls = {
  observe: /^GET \/volumes/,
  create: /^POST \/containers\/create/,
  prepare: /^PUT .*-next\/archive/,
  stop: /^POST .*\/stop/,
  'set aside': /^POST .*[0-9a-f]{8}\/rename/,
  'move in': /^POST .*-next\/rename/,
  start: /^POST \/containers\/.*\/start/,
  hook: /^POST .*\/exec$/,
};

describeWithEngine('an interrupted up', () => {
  const person = aPerson();
  const project = (name: string, more = ''): Promise<string> =>
    person.project(name, { 'devenv.yaml': `image: ${image}\n${more}` });

  beforeAll(() => knowImage(person, image));
  afterEach(() => person.engine.heal());

  it.each(Object.entries(upCalls))('leaves no container behind: %s', async (_title, call) => {
    const folder = await project('early');
    const { exitCode, stdout, stderr } = await interruptAt(person, call, ['up'], folder);
    expect([exitCode, stdout]).toEqual([130, '']);
    expect(stderr).toContain('nterrupted');
    expect(await containersOf(folder)).toEqual([]);
    expect(await heldLocks(person)).toEqual([]);
  });

  it('was undone so that the same up succeeds', async () => {
    const folder = await project('early');
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect((await containerOf(folder)).State.Status).toBe('running');
  });

  it('keeps a container that has started, which the next up goes on with', async () => {
    const folder = await project('late', 'hooks: {create: echo run >> runs}\n');
    const { exitCode } = await interruptAt(person, /^POST .*\/start/, ['up'], folder);
    expect(exitCode).toBe(130);
    const { Id } = await containerOf(folder);
    expect(await readFile(join(folder, 'runs'), 'utf8').catch(() => '')).toBe('');
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect((await containerOf(folder)).Id).toBe(Id);
    expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('run\n');
  });

  it('does not enter the workspace any more', async () => {
    const folder = await project('entered');
    const command = ['exec', '--', 'touch', 'ran'];
    const { exitCode } = await interruptAt(person, /^POST .*\/start/, command, folder);
    expect(exitCode).toBe(130);
    expect(await readdir(folder)).toEqual(['devenv.yaml']);
  });

  it('ends its hook, which runs anew the next time', async () => {
    const folder = await project(
      'hook',
      'hooks: {create: "echo run >> runs; test -e quick || sleep 4711"}\n',
    );
    const up = person.cli.start(['up'], { cwd: folder });
    await appears(join(folder, 'runs'));
    up.kill('SIGINT');
    const { exitCode, stderr } = await up;
    expect(exitCode).toBe(130);
    expect(stderr).toContain('same command again');
    expect(await heldLocks(person)).toEqual([]);
    await eventually(
      () => programsIn(person, folder),
      (programs) => !programs.includes('4711'),
    );
    await person.run(['exec', '--no-hooks', '--', 'touch', 'quick'], { cwd: folder });
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('run\nrun\n');
  });

  it('waits no longer for another devenv', async () => {
    const folder = await project('waiting');
    const held = person.engine.holdAt(upCalls.create);
    const first = person.cli.start(['up'], { cwd: folder });
    await held.arrived;
    const second = person.cli.start(['up'], { cwd: folder });
    await says(second, 'Another devenv is changing this workspace');
    second.kill('SIGINT');
    expect(await second).toMatchObject({ exitCode: 130, stdout: '' });
    held.release();
    expect(await first).toMatchObject({ exitCode: 0 });
    expect(await containersOf(folder)).toHaveLength(1);
  });

  it('lets go of the image it pulls', async () => {
    const registry = await startFakeRegistry();
    try {
      const folder = await person.project('pull', {
        'devenv.yaml': `image: ${registry.address}/slow\n`,
      });
      const up = person.cli.start(['up'], { cwd: folder });
      await registry.slowLayerAsked;
      up.kill('SIGINT');
      expect(await up).toMatchObject({ exitCode: 130, stdout: '' });
      await registry.slowLayerDropped;
      expect(await containersOf(folder)).toEqual([]);
      expect(await heldLocks(person)).toEqual([]);
    } finally {
      await registry.close();
    }
  });

  it('can be left at the third signal while the engine does not answer', async () => {
    const folder = await project('stuck');
    const held = person.engine.holdAt(upCalls.create);
    const up = person.cli.start(['up'], { cwd: folder });
    await held.arrived;
    up.kill('SIGINT');
    // Another one, since equal signals that wait become one.
    up.kill('SIGTERM');
    await says(up, 'Still taking back');
    up.kill('SIGINT');
    expect((await up).signal).toBe('SIGINT');
    expect(await heldLocks(person)).toEqual([]);
    held.release();
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await containersOf(folder)).toHaveLength(1);
  });
});

describeWithEngine('an interrupted rebuild', () => {
  const person = aPerson();
  let folder: string;

  beforeAll(async () => {
    folder = await person.project('shop', {
      'devenv.yaml': `image: ${image}\nhooks: {create: echo run >> runs}\n`,
    });
    await person.run(['up'], { cwd: folder });
  });
  afterEach(() => person.engine.heal());

  it.each(Object.entries(rebuildCalls))(
    'brings the old container back: %s',
    async (_title, call) => {
      const before = await containerOf(folder);
      const { exitCode } = await interruptAt(person, call, ['rebuild'], folder);
      expect(exitCode).toBe(130);
      const { Id, Name, State } = await containerOf(folder);
      expect([Id, Name, State.Status]).toEqual([before.Id, before.Name, 'running']);
      expect(await heldLocks(person)).toEqual([]);
    },
  );

  it('was undone so that the same rebuild succeeds', async () => {
    const before = await containerOf(folder);
    expect(await person.run(['rebuild'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect((await containerOf(folder)).Id).not.toBe(before.Id);
  });
});

describeWithEngine('a rebuild that is interrupted while it builds', () => {
  afterAll(() => removeBuiltImages('builds-'));
  const person = aPerson();

  it('leaves the container as it was, and no build behind', async () => {
    const files = { 'devenv.yaml': 'build: .\n', Dockerfile: `FROM ${image}\nRUN true\n` };
    const folder = await person.project('builds-for-long', files);
    await person.run(['up'], { cwd: folder });
    const before = await containerOf(folder);
    await writeFile(join(folder, 'Dockerfile'), `FROM ${image}\nRUN echo builds; sleep 300\n`);
    const rebuild = person.cli.start(['rebuild', '--progress', 'plain'], { cwd: folder });
    await new Promise<void>((resolve) => {
      rebuild.stderr.on('data', (text: Buffer) => {
        if (/^.*\bbuilds$/m.test(text.toString())) resolve();
      });
    });
    rebuild.kill('SIGINT');
    expect((await rebuild).exitCode).toBe(130);
    const after = await containerOf(folder);
    expect([after.Id, after.State.StartedAt]).toEqual([before.Id, before.State.StartedAt]);
    expect(await heldLocks(person)).toEqual([]);
  });
});

describeWithEngine('a devenv that is killed', () => {
  const person = aPerson();
  // The hook is there to fail where the home is empty, or not the caller's.
  const yaml = `image: ${image}\nhooks: {create: test -O ~/.bashrc && echo run >> runs}\n`;

  beforeAll(() => knowImage(person, image));
  afterEach(() => person.engine.heal());

  // The dead hold their locks for five seconds, so all are killed first.
  it('during up leaves nothing that the next up does not mend', async () => {
    const folders: string[] = [];
    for (const [name, call] of Object.entries({
      ...upCalls,
      start: /^POST .*\/start/,
      hook: /^POST \/exec\/.*\/start/,
    })) {
      const folder = await person.project(`up-${name}`, { 'devenv.yaml': yaml });
      await killAt(person, call, ['up'], folder);
      folders.push(folder);
    }
    await Promise.all(
      folders.map(async (folder) => {
        expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
        expect((await containerOf(folder)).State.Status).toBe('running');
        expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('run\n');
      }),
    );
  });

  it('during a rebuild leaves the old container to the next command, whole', async () => {
    const folders: [string, string][] = [];
    for (const [name, call] of Object.entries(rebuildCalls)) {
      if (['observe', 'create'].includes(name)) continue;
      const folder = await person.project(`rebuild ${name}`, { 'devenv.yaml': yaml });
      await person.run(['up'], { cwd: folder });
      folders.push([folder, (await containerOf(folder)).Id]);
      await killAt(person, call, ['rebuild'], folder);
    }
    await Promise.all(
      folders.map(async ([folder, old]) => {
        expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
        const { Id, Name, State } = await containerOf(folder);
        expect([Id, State.Status]).toEqual([old, 'running']);
        expect(Name).toMatch(/[0-9a-f]{8}$/);
        expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('run\n');
      }),
    );
  });
});

/** Starts devenv, and interrupts it while the engine has the call but no answer. */
async function interruptAt(person: Person, call: RegExp, args: string[], cwd: string) {
  const held = person.engine.holdAt(call);
  const child = person.cli.start(args, { cwd });
  await held.arrived;
  child.kill('SIGINT');
  held.release();
  return child;
}

async function killAt(person: Person, call: RegExp, args: string[], cwd: string): Promise<void> {
  const held = person.engine.holdAt(call);
  const child = person.cli.start(args, { cwd });
  await held.arrived;
  child.kill('SIGKILL');
  await child;
  held.release();
}

/** Settles when the process has said it on stderr. */
async function says(child: ReturnType<Person['cli']['start']>, words: string): Promise<void> {
  let said = '';
  while (!said.includes(words)) {
    const [chunk] = (await once(child.stderr, 'data')) as [Buffer];
    said += chunk.toString();
  }
}

function appears(file: string): Promise<string> {
  const read = (): Promise<string> => readFile(file, 'utf8').catch(() => '');
  return eventually(read, (text) => text !== '', 30_000);
}

/** The command lines of everything that runs in a workspace. */
async function programsIn(person: Person, cwd: string): Promise<string> {
  const script = 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "';
  const { stdout } = await person.run(['exec', '--no-hooks', '--', 'sh', '-c', script], { cwd });
  return stdout;
}
