import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithEngine, testEngine } from '../support/engine.ts';
import { aPerson, containerOf, containersOf } from '../support/person.ts';

const image = 'debian:bookworm-slim';

describeWithEngine('the life of a workspace', () => {
  const person = aPerson();

  const volumesOf = async (folder: string) =>
    (await testEngine().listVolumes([`devenv.root=${folder}`])).map(({ Name }) => Name);

  it('begins with up, which does nothing the second time', async () => {
    const folder = await person.project('twice', { 'devenv.yaml': `image: ${image}\n` });
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    const before = await containerOf(folder);
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    const after = await containerOf(folder);
    expect([after.Id, after.State.StartedAt]).toEqual([before.Id, before.State.StartedAt]);
  });

  it('is one container for twenty calls at once, which all succeed', async () => {
    const folder = await person.project('twenty', {
      'devenv.yaml': `image: ${image}\nhooks: {create: echo once >> created}\n`,
    });
    const calls = Array.from({ length: 20 }, () => person.run(['up'], { cwd: folder }));
    const results = await Promise.all(calls);
    expect(results.map(({ exitCode, stderr }) => [exitCode, exitCode === 0 ? '' : stderr])).toEqual(
      Array.from({ length: 20 }, () => [0, '']),
    );
    expect(await containersOf(folder)).toHaveLength(1);
    expect(await readFile(join(folder, 'created'), 'utf8')).toBe('once\n');
  }, 180_000);

  it('goes on with a stale file when entered, and says so; up replaces the container', async () => {
    const folder = await person.project('stale', { 'devenv.yaml': `image: ${image}\n` });
    await person.run(['up'], { cwd: folder });
    const before = await containerOf(folder);
    await writeFile(
      join(folder, 'devenv.yaml'),
      `image: ${image}\nenvironment: {GREETING: hello}\n`,
    );
    const entered = await person.run(['exec', '--', 'true'], { cwd: folder });
    expect(entered).toMatchObject({ exitCode: 0 });
    expect(entered.stderr).toContain('environment changed');
    expect((await containerOf(folder)).Id).toBe(before.Id);
    await person.run(['up'], { cwd: folder });
    expect((await containerOf(folder)).Id).not.toBe(before.Id);
    const { stdout } = await person.run(['exec', '--', 'sh', '-c', 'echo $GREETING'], {
      cwd: folder,
    });
    expect(stdout).toBe('hello\n');
  });

  it('stops, starts again on entering, and is restarted, as the same container', async () => {
    const folder = await person.project('stops', {
      'devenv.yaml': `image: ${image}\nhooks: {start: echo started >> starts}\n`,
    });
    await person.run(['up'], { cwd: folder });
    const { Id } = await containerOf(folder);
    await person.run(['stop'], { cwd: folder });
    expect((await containerOf(folder)).State.Status).toBe('exited');
    expect(await person.run(['exec', '--', 'true'], { cwd: folder })).toMatchObject({
      exitCode: 0,
    });
    await person.run(['exec', '--', 'true'], { cwd: folder });
    await person.run(['restart'], { cwd: folder });
    expect(await containerOf(folder)).toMatchObject({ Id, State: { Status: 'running' } });
    expect(await readFile(join(folder, 'starts'), 'utf8')).toBe('started\n'.repeat(3));
  });

  it('ends with down; its volumes only when asked for, after a yes', async () => {
    const folder = await person.project('ends', {
      'devenv.yaml': `image: ${image}\ncaches: [~/.npm]\n`,
    });
    await person.run(['up'], { cwd: folder });
    expect(await person.run(['down'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await containersOf(folder)).toEqual([]);
    expect(await volumesOf(folder)).toHaveLength(2);
    await person.run(['up'], { cwd: folder });
    const refused = await person.run(['down', '--volumes'], { cwd: folder });
    expect(refused.exitCode).toBe(2);
    expect(await containersOf(folder)).toHaveLength(1);
    expect(await volumesOf(folder)).toHaveLength(2);
    await person.run(['down', '--volumes', '--yes'], { cwd: folder });
    expect(await volumesOf(folder)).toEqual([]);
  });

  it('can be entered, looked at and ended without the Dockerfile, which only a build needs', async () => {
    const folder = await person.project('gone', {
      'devenv.yaml': 'build: .\n',
      Dockerfile: `FROM ${image}\nRUN echo built > /built\n`,
    });
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    const { Id } = await containerOf(folder);
    await rm(join(folder, 'Dockerfile'));
    const entered = await person.run(['exec', 'cat', '/built'], { cwd: folder });
    expect(entered).toMatchObject({ exitCode: 0, stdout: 'built\n' });
    expect(entered.stderr).toContain('older than its file (Dockerfile changed)');
    for (const args of [['status'], ['logs'], ['ports'], ['ls'], ['restart'], ['stop']]) {
      const { exitCode, stderr } = await person.run(args, { cwd: folder });
      expect([args, exitCode, stderr]).toEqual([args, 0, expect.any(String)]);
    }
    const status = await person.run(['status'], { cwd: folder });
    expect(status.stdout).toContain('The Dockerfile "Dockerfile" does not exist');
    for (const args of [['up'], ['rebuild'], ['build'], ['plan'], ['config', 'check']]) {
      const { exitCode, stdout, stderr } = await person.run(args, { cwd: folder });
      expect([args, exitCode, stdout + stderr]).toEqual([
        args,
        2,
        expect.stringContaining('devenv.yaml:1:8: error: The Dockerfile "Dockerfile" does not'),
      ]);
    }
    expect((await containerOf(folder)).Id).toBe(Id);
    expect(await person.run(['down'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await containersOf(folder)).toEqual([]);
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 2 });
  });

  it('does nothing with --dry-run but say what would be done', async () => {
    const folder = await person.project('dry', { 'devenv.yaml': `image: ${image}\n` });
    const { stdout, exitCode } = await person.run(['up', '--dry-run'], { cwd: folder });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('create container')]);
    expect(await containersOf(folder)).toEqual([]);
    expect(await volumesOf(folder)).toEqual([]);
  });
});

describeWithEngine('hooks', () => {
  const person = aPerson();

  it('are retried until they succeed, and then not run again', async () => {
    const folder = await person.project('retry', {
      'devenv.yaml': `image: ${image}\nhooks: {create: "echo try >> tries; test -e allowed"}\n`,
    });
    const failed = await person.run(['up'], { cwd: folder });
    expect(failed.exitCode).toBe(6);
    expect(failed.stderr).toContain('create hook');
    const { Id } = await containerOf(folder);
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 6 });
    await writeFile(join(folder, 'allowed'), '');
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    await person.run(['up'], { cwd: folder });
    await person.run(['exec', '--', 'true'], { cwd: folder });
    expect((await containerOf(folder)).Id).toBe(Id);
    expect(await readFile(join(folder, 'tries'), 'utf8')).toBe('try\n'.repeat(3));
  });

  it('can be a list, or names that run in parallel', async () => {
    const folder = await person.project('forms', {
      'devenv.yaml': [
        `image: ${image}`,
        'hooks:',
        '  create: {one: echo 1 > one, two: [touch, "two words"]}',
        '  start: [touch, started]',
      ].join('\n'),
    });
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    const { stdout } = await person.run(['exec', '--', 'ls'], { cwd: folder });
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['one', 'started', 'two words']));
  });

  it('may be left out to look at what is wrong', async () => {
    const folder = await person.project('skip', {
      'devenv.yaml': `image: ${image}\nhooks: {create: exit 3}\n`,
    });
    expect(await person.run(['exec', '--', 'true'], { cwd: folder })).toMatchObject({
      exitCode: 125,
    });
    const entered = await person.run(['exec', '--no-hooks', '--', 'echo', 'in'], { cwd: folder });
    expect(entered).toMatchObject({ exitCode: 0, stdout: 'in\n' });
  });
});

describeWithEngine('a rebuild', () => {
  const person = aPerson();
  const yaml = 'build: .\nhooks: {create: test ! -e broken}\n';

  it('builds, swaps and removes the old container, and keeps the volumes', async () => {
    const folder = await person.project('swap', {
      'devenv.yaml': yaml,
      Dockerfile: `FROM ${image}\nRUN echo one > /version\n`,
    });
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    const before = await containerOf(folder);
    await person.run(['exec', '--', 'sh', '-c', 'echo kept > ~/mark'], { cwd: folder });
    await writeFile(join(folder, 'Dockerfile'), `FROM ${image}\nRUN echo two > /version\n`);
    expect(await person.run(['rebuild'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    const after = await containerOf(folder);
    expect(after.Name).toBe(before.Name);
    expect(after.Id).not.toBe(before.Id);
    const { stdout } = await person.run(['exec', '--', 'sh', '-c', 'cat /version ~/mark'], {
      cwd: folder,
    });
    expect(stdout).toBe('two\nkept\n');
  });

  it.each([
    ['the build', 'Dockerfile', `FROM ${image}\nRUN exit 7\n`, 4],
    ['the create hook', 'broken', '', 6],
  ])('leaves the old container running when %s fails', async (title, file, text, exitCode) => {
    const folder = await person.project(title.replaceAll(' ', '-'), {
      'devenv.yaml': yaml,
      Dockerfile: `FROM ${image}\nRUN echo one > /version\n`,
    });
    await person.run(['up'], { cwd: folder });
    const before = await containerOf(folder);
    await writeFile(join(folder, file), text);
    expect(await person.run(['rebuild'], { cwd: folder })).toMatchObject({ exitCode });
    const after = await containerOf(folder);
    expect([after.Id, after.Name, after.State.Status]).toEqual([before.Id, before.Name, 'running']);
    const { stdout } = await person.run(['exec', '--no-hooks', '--', 'cat', '/version'], {
      cwd: folder,
    });
    expect(stdout).toBe('one\n');
  });

  it('asks before it ends an attached session, and does nothing without an answer', async () => {
    const folder = await person.project('attached', { 'devenv.yaml': `image: ${image}\n` });
    await person.run(['up'], { cwd: folder });
    const before = await containerOf(folder);
    const session = person.cli.start(['exec', '--', 'sleep', '600'], { cwd: folder });
    try {
      const status = async () => (await person.run(['status', '--json'], { cwd: folder })).stdout;
      await expect.poll(status, { timeout: 20_000, interval: 300 }).toContain('sleep');
      const refused = await person.run(['rebuild'], { cwd: folder });
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain('--yes');
      expect((await containerOf(folder)).Id).toBe(before.Id);
      expect(await person.run(['rebuild', '--yes'], { cwd: folder })).toMatchObject({
        exitCode: 0,
      });
      expect((await containerOf(folder)).Id).not.toBe(before.Id);
    } finally {
      session.kill();
    }
  });
});
