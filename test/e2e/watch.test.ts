import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { program } from '../support/cli.ts';
import { describeWithEngine } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { plainImage } from '../support/images.ts';
import { knowImage } from '../support/know-image.ts';
import { aPerson, containerOf, containersOf } from '../support/person.ts';
import { openPty } from '../support/pty.ts';
import { removeBuiltImages } from '../support/remove-built-images.ts';
import { startWatching, type Watching } from '../support/watching.ts';

const isRoot = process.getuid?.() === 0;

describeWithEngine('devenv watch', () => {
  afterAll(() => removeBuiltImages('watch-'));
  const person = aPerson();
  const open: Watching[] = [];
  let base = '';
  let dockerfile = '';

  beforeAll(async () => {
    base = await plainImage();
    await knowImage(person, base);
    dockerfile = `FROM ${base}\nCOPY src /app\n`;
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.end();
  });

  const project = (name: string, files: Record<string, string> = {}): Promise<string> =>
    person.project(`watch-${name}`, {
      'devenv.yaml': 'build: .\n',
      Dockerfile: dockerfile,
      'src/app': 'one\n',
      ...files,
    });

  const watch = (
    cwd: string,
    ...args: Parameters<typeof startWatching> extends [unknown, unknown, ...infer Rest]
      ? Rest
      : never
  ): Watching => {
    const watching = startWatching(person, cwd, ...args);
    open.push(watching);
    return watching;
  };

  /** Watching, with the workspace up. */
  const settled = async (cwd: string): Promise<Watching> => {
    const watching = watch(cwd);
    await watching.next('watching');
    await watching.next('done');
    return watching;
  };

  const inside = async (cwd: string, ...command: string[]): Promise<string> => {
    const { stdout } = await person.run(['exec', '--', ...command], { cwd });
    return stdout;
  };

  it('brings the workspace up, swaps it for another content, and does nothing for the same', async () => {
    const cwd = await project('content', { 'README.md': 'not copied\n' });
    const watching = await settled(cwd);
    const { Id } = await containerOf(cwd);

    await utimes(join(cwd, 'src/app'), new Date(), new Date());
    await watching.next('unchanged');
    await writeFile(join(cwd, 'src/app'), 'one\n');
    await watching.next('unchanged');
    await writeFile(join(cwd, 'README.md'), 'neither watched\n');
    expect((await containerOf(cwd)).Id).toBe(Id);

    await writeFile(join(cwd, 'src/app'), 'two\n');
    expect(await watching.next('changed')).toMatchObject({ paths: ['src/app'], action: 'up' });
    const { container } = await watching.next('done');
    expect(await containersOf(cwd)).toMatchObject([{ Id: container }]);
    expect(container).not.toBe(Id);
    expect(await inside(cwd, 'cat', '/app/app')).toBe('two\n');
    expect(await watching.end()).toBe(130);
    expect((await containerOf(cwd)).State.Status).toBe('running');
    expect(watching.lines.map(({ type }) => type)).not.toContain('failed');
    expect(JSON.stringify(watching.lines)).not.toContain('README');
  });

  it('takes the devenv file, its overlay and its env files as they become', async () => {
    const cwd = await project('file', {
      'devenv.yaml': `image: ${base}\nenv_file: .env\n`,
      '.env': 'A=1\n',
    });
    const watching = await settled(cwd);
    await writeFile(join(cwd, '.env'), 'A=2\n');
    await watching.next('done');
    expect(await inside(cwd, 'sh', '-c', 'echo $A')).toBe('2\n');
    await writeFile(join(cwd, 'devenv.local.yaml'), 'environment: {B: over}\n');
    await watching.next('done');
    expect(await inside(cwd, 'sh', '-c', 'echo $B')).toBe('over\n');
    await rm(join(cwd, 'devenv.local.yaml'));
    await watching.next('done');
    expect(await inside(cwd, 'sh', '-c', 'echo $B')).toBe('\n');
  });

  it('follows saves by another name, and folders that go and come again', async () => {
    const cwd = await project('atomic');
    const watching = await settled(cwd);
    await writeFile(join(cwd, 'src/.app.tmp'), 'saved\n');
    await rename(join(cwd, 'src/.app.tmp'), join(cwd, 'src/app'));
    await watching.next('done');
    expect(await inside(cwd, 'cat', '/app/app')).toBe('saved\n');

    await rm(join(cwd, 'src'), { recursive: true });
    await watching.next('failed');
    await mkdir(join(cwd, 'src'));
    await writeFile(join(cwd, 'src/app'), 'again\n');
    await watching.next('done');
    expect(await inside(cwd, 'cat', '/app/app')).toBe('again\n');
    await writeFile(join(cwd, 'src/app'), 'and on\n');
    await watching.next('done');
    expect(await inside(cwd, 'cat', '/app/app')).toBe('and on\n');

    await rm(join(cwd, 'src'), { recursive: true });
    await mkdir(join(cwd, 'src'));
    await writeFile(join(cwd, 'src/app'), 'at once\n');
    await watching.next('done');
    await writeFile(join(cwd, 'src/app'), 'as before\n');
    await watching.next('done');
    expect(await inside(cwd, 'cat', '/app/app')).toBe('as before\n');
  });

  it('names only paths that are or were there', async () => {
    const cwd = await project('names', { 'src/sub/deep/file': 'x\n' });
    const watching = await settled(cwd);
    await rm(join(cwd, 'src/sub'), { recursive: true });
    const { paths } = await watching.next('changed');
    expect([...(paths as string[])].sort()).toEqual(
      ['src/sub', 'src/sub/deep', 'src/sub/deep/file'].filter((path) =>
        (paths as string[]).includes(path),
      ),
    );
    await watching.next('done');
    await rename(join(cwd, 'src'), join(cwd, '../names.bak'));
    expect(await watching.next('failed')).toBeDefined();
    await rename(join(cwd, '../names.bak'), join(cwd, 'src'));
    await writeFile(join(cwd, 'src/app'), 'two\n');
    await watching.next('done');
    expect(JSON.stringify(watching.lines)).not.toMatch(/src\/src|deep\/deep|sub\/sub/);
    expect(await inside(cwd, 'ls', '/app')).toBe('app\n');
  });

  it('follows the Dockerfile and the devenv file however an editor saves them', async () => {
    const cwd = await project('saved');
    const watching = await settled(cwd);
    // As vim does, which sets the old file aside first.
    await rename(join(cwd, 'Dockerfile'), join(cwd, 'Dockerfile~'));
    await writeFile(join(cwd, 'Dockerfile'), `${dockerfile}ENV SAVED=once\n`);
    await rm(join(cwd, 'Dockerfile~'));
    await watching.next('done');
    await writeFile(join(cwd, '.yaml.tmp'), 'build: .\nenvironment: {ALSO: twice}\n');
    await rename(join(cwd, '.yaml.tmp'), join(cwd, 'devenv.yaml'));
    await watching.next('done');
    await writeFile(join(cwd, '.docker.tmp'), `${dockerfile}ENV SAVED=again\n`);
    await rename(join(cwd, '.docker.tmp'), join(cwd, 'Dockerfile'));
    await watching.next('done');
    expect(await inside(cwd, 'sh', '-c', 'echo $SAVED $ALSO')).toBe('again twice\n');
  });

  it('goes on while a file is broken, and recovers when it is mended', async () => {
    const cwd = await project('broken');
    const watching = await settled(cwd);
    const { Id } = await containerOf(cwd);
    await writeFile(join(cwd, 'Dockerfile'), `FROM ${base}\nRUN false\nCOPY src /app\n`);
    expect(await watching.next('failed')).toMatchObject({ error: { code: 'build_failed' } });
    await writeFile(join(cwd, 'Dockerfile'), '');
    expect(await watching.next('failed')).toMatchObject({ error: { code: 'build_failed' } });
    await writeFile(join(cwd, 'devenv.yaml'), 'biuld: .\n');
    expect(await watching.next('failed')).toMatchObject({ error: { code: 'config_invalid' } });
    await rm(join(cwd, 'devenv.yaml'));
    expect(await watching.next('failed')).toMatchObject({ error: { code: 'project_not_found' } });
    expect(await containerOf(cwd)).toMatchObject({ Id, State: { Status: 'running' } });

    await writeFile(join(cwd, 'devenv.yaml'), 'build: .\n');
    await watching.next('failed');
    await writeFile(join(cwd, 'Dockerfile'), `FROM ${base}\nCOPY src /mended\n`);
    await watching.next('done');
    expect(await inside(cwd, 'cat', '/mended/app')).toBe('one\n');
    await writeFile(join(cwd, 'src/app'), 'two\n');
    await watching.next('done');
    expect(await inside(cwd, 'cat', '/mended/app')).toBe('two\n');
  });

  it('does not try again what has failed, when only other things change', async () => {
    const cwd = await project('parked', {
      'devenv.yaml':
        'build: .\nwatch: [{path: note, run: touch noted}, {path: settings, action: restart}]\n',
      settings: 'one\n',
    });
    const watching = await settled(cwd);
    const { State } = await containerOf(cwd);
    await writeFile(join(cwd, 'Dockerfile'), `FROM ${base}\nRUN false # ${randomUUID()}\n`);
    await watching.next('failed');
    await writeFile(join(cwd, 'note'), 'x\n');
    await watching.next('ran');
    await writeFile(join(cwd, 'settings'), 'two\n');
    expect(await watching.next('done')).toMatchObject({ action: 'restart' });
    expect((await containerOf(cwd)).State.StartedAt).not.toBe(State.StartedAt);
    expect(watching.lines.filter(({ type }) => type === 'failed')).toHaveLength(1);

    await utimes(join(cwd, 'Dockerfile'), new Date(), new Date());
    expect(await watching.next('failed')).toMatchObject({ error: { code: 'build_failed' } });
  });

  it('makes a file that was missing at the start its own when it comes', async () => {
    const cwd = await project('late', { Dockerfile: `FROM ${base}\nRUN false\n` });
    const watching = watch(cwd);
    await watching.next('failed');
    expect(await containersOf(cwd)).toEqual([]);
    await writeFile(join(cwd, 'Dockerfile'), dockerfile);
    await watching.next('done');
    expect(await inside(cwd, 'cat', '/app/app')).toBe('one\n');
  });

  it('runs the command of a rule inside, for files whose content has changed', async () => {
    const cwd = await project('run', {
      'devenv.yaml': `image: ${base}\nwatch:\n  - {path: "web/**/*.ts", run: 'echo "$DEVENV_CHANGED" >> ran; id -u >> ran'}\n  - {path: fail, run: exit 3}\n`,
      'web/a.ts': 'a\n',
      'web/deep/b.ts': 'b\n',
      'web/c.css': 'c\n',
    });
    const watching = await settled(cwd);
    const { Id } = await containerOf(cwd);
    await Promise.all([
      writeFile(join(cwd, 'web/a.ts'), 'A\n'),
      writeFile(join(cwd, 'web/deep/b.ts'), 'b\n'),
      writeFile(join(cwd, 'web/c.css'), 'C\n'),
    ]);
    expect(await watching.next('changed')).toMatchObject({ paths: ['web/a.ts'], action: 'run' });
    expect(await watching.next('ran')).toMatchObject({ status: 0 });
    const uid = `${person.user.uid}\n`;
    expect(await readFile(join(cwd, 'ran'), 'utf8')).toBe(`web/a.ts\n${uid}`);

    await rm(join(cwd, 'web/deep'), { recursive: true });
    await mkdir(join(cwd, 'web/new'));
    await writeFile(join(cwd, 'web/new/d.ts'), 'd\n');
    await watching.next('ran');
    expect(await readFile(join(cwd, 'ran'), 'utf8')).toBe(
      `web/a.ts\n${uid}web/deep/b.ts\nweb/new/d.ts\n${uid}`,
    );
    await writeFile(join(cwd, 'fail'), 'now\n');
    expect(await watching.next('ran')).toMatchObject({ status: 3, command: 'exit 3' });
    expect((await containerOf(cwd)).Id).toBe(Id);
  });

  it('goes on while a command of a rule runs, and runs it once more when that has fired again', async () => {
    const waits = 'echo "$DEVENV_CHANGED" >> ran; while test ! -e go; do sleep 0.1; done; rm go';
    const cwd = await project('beside', {
      'devenv.yaml': `build: .\nwatch:\n  - {path: notes, run: '${waits}'}\n  - {path: other, run: touch othered}\n`,
      'notes/a': 'a\n',
    });
    const ran = (lines: string): Promise<unknown> =>
      eventually(
        () => readFile(join(cwd, 'ran'), 'utf8').catch(() => ''),
        (text) => text === lines,
      );
    const watching = await settled(cwd);
    await writeFile(join(cwd, 'notes/a'), '1\n');
    await ran('notes/a\n');
    await writeFile(join(cwd, 'notes/b'), '2\n');
    expect(await watching.next('running')).toMatchObject({ command: waits, paths: ['notes/b'] });
    await writeFile(join(cwd, 'notes/c'), '3\n');
    await writeFile(join(cwd, 'other'), '4\n');
    expect(await watching.next('ran')).toMatchObject({ command: 'touch othered' });
    await writeFile(join(cwd, 'go'), '');
    expect(await watching.next('ran')).toMatchObject({ command: waits, status: 0 });
    await ran('notes/a\nnotes/b\nnotes/c\n');
    expect(watching.lines.filter(({ type }) => type === 'running')).toHaveLength(1);

    expect(await watching.end()).toBe(130);
    expect(await inside(cwd, 'sh', '-c', 'cat /proc/[0-9]*/cmdline')).not.toContain('-e go');
  });

  it.each([
    ['replaced', 'src/app'],
    ['restarted', 'conf'],
  ])('lets a command that runs end with a workspace that is %s', async (how, file) => {
    const cwd = await project(how, {
      'devenv.yaml':
        'build: .\nwatch:\n  - {path: note, run: echo x >> ran; sleep 4717}\n  - {path: conf, action: restart}\n',
    });
    const watching = await settled(cwd);
    const before = await containerOf(cwd);
    await writeFile(join(cwd, 'note'), '1\n');
    await eventually(
      () => readFile(join(cwd, 'ran'), 'utf8').catch(() => ''),
      (text) => text === 'x\n',
    );
    await writeFile(join(cwd, 'note'), '2\n');
    await watching.next('running');
    await writeFile(join(cwd, file), 'two\n');
    await watching.next('done');
    expect((await containerOf(cwd)).State.StartedAt).not.toBe(before.State.StartedAt);
    // Its rule had fired again, so that it runs in the workspace that has come.
    await eventually(
      () => readFile(join(cwd, 'ran'), 'utf8'),
      (text) => text === 'x\nx\n',
    );
    expect(watching.lines.filter(({ type }) => type === 'ended')).toHaveLength(1);
    const types = watching.lines.map(({ type }) => type);
    for (const type of ['waiting', 'ran', 'failed']) expect(types).not.toContain(type);
    expect(watching.stderr).not.toContain('this session with it');
  });

  it('restarts and rebuilds by rules', async () => {
    const cwd = await project('rules', {
      'devenv.yaml':
        'build: .\nwatch:\n  - {path: conf, action: restart}\n  - {path: lock.json, action: rebuild}\n',
      'conf/a.ini': 'a\n',
      'lock.json': '1\n',
    });
    const watching = await settled(cwd);
    const before = await containerOf(cwd);
    await writeFile(join(cwd, 'conf/a.ini'), 'b\n');
    expect(await watching.next('changed')).toMatchObject({ action: 'restart' });
    await watching.next('done');
    const restarted = await containerOf(cwd);
    expect(restarted.Id).toBe(before.Id);
    expect(restarted.State.StartedAt).not.toBe(before.State.StartedAt);

    await writeFile(join(cwd, 'conf/a.ini'), 'b\n');
    await writeFile(join(cwd, 'lock.json'), '2\n');
    expect(await watching.next('changed')).toMatchObject({
      action: 'rebuild',
      paths: ['lock.json'],
    });
    await watching.next('done');
    expect((await containerOf(cwd)).Id).not.toBe(before.Id);
    expect(watching.lines.filter(({ type }) => type === 'changed').length).toBe(2);
  });

  it('waits for the end of a session, with the image built, and runs commands meanwhile', async () => {
    const cwd = await project('waits', {
      'devenv.yaml': 'build: .\nwatch: [{path: note, run: touch noted}]\n',
    });
    const watching = await settled(cwd);
    const { Id } = await containerOf(cwd);
    const held = holdOpen(person.cli.start(['exec', '--', 'sleep', '4712'], { cwd }));
    await eventually(
      () => person.run(['status', '--json'], { cwd }),
      ({ stdout }) => stdout.includes('4712'),
    );
    // What nobody has built before.
    await writeFile(join(cwd, 'src/app'), randomUUID());
    expect(await watching.next('changed')).toMatchObject({ paths: ['src/app'] });
    expect(await watching.next('waiting')).toMatchObject({ sessions: 1 });
    await writeFile(join(cwd, 'note'), 'x\n');
    await watching.next('ran');
    expect((await containerOf(cwd)).Id).toBe(Id);
    expect(watching.stderr).toContain('build image');
    await writeFile(join(cwd, 'src/app'), 'three\n');
    await watching.next('changed');
    // Since other things have been said, it is said again that they wait.
    await watching.next('waiting');
    held.kill('SIGTERM');
    await watching.next('done');
    expect((await containerOf(cwd)).Id).not.toBe(Id);
    expect(await inside(cwd, 'cat', '/app/app')).toBe('three\n');
  });

  it('drops what waits when the change is taken back', async () => {
    const cwd = await project('back');
    const watching = await settled(cwd);
    const { Id } = await containerOf(cwd);
    const held = holdOpen(person.cli.start(['exec', '--', 'sleep', '4713'], { cwd }));
    await eventually(
      () => person.run(['status', '--json'], { cwd }),
      ({ stdout }) => stdout.includes('4713'),
    );
    await writeFile(join(cwd, 'src/app'), 'two\n');
    await watching.next('waiting');
    await writeFile(join(cwd, 'src/app'), 'one\n');
    await watching.next('unchanged');
    held.kill('SIGTERM');
    expect((await containerOf(cwd)).Id).toBe(Id);
  });

  it('does at once on r what waits, and ends on Ctrl-C', async () => {
    const cwd = await project('forced');
    const { uid, gid, home } = person.user;
    const env = {
      HOME: home,
      PATH: process.env.PATH,
      DOCKER_HOST: person.engine.host,
      TERM: 'xterm',
    };
    const pty = openPty(
      'setpriv',
      [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', process.execPath, program, 'watch'],
      { cwd, env, columns: 200 },
    );
    await pty.waitFor(/Watching watch-forced/);
    await pty.waitFor(/watch-forced is up to date/, 30_000);
    const { Id } = await containerOf(cwd);
    const held = holdOpen(person.cli.start(['exec', '--', 'sleep', '4714'], { cwd }));
    await eventually(
      () => person.run(['status', '--json'], { cwd }),
      ({ stdout }) => stdout.includes('4714'),
    );
    await writeFile(join(cwd, 'src/app'), 'two\n');
    await pty.waitFor(/ends one attached session.*Press r/);
    pty.write('x');
    expect((await containerOf(cwd)).Id).toBe(Id);
    pty.write('r');
    await pty.waitFor(/watch-forced is up to date/, 30_000);
    expect((await containerOf(cwd)).Id).not.toBe(Id);
    await held.exited;
    pty.write('\u0003');
    expect(await pty.exited).toBe(130);
    expect(await containersOf(cwd)).toMatchObject([{ State: { Status: 'running' } }]);
  });

  it('ends on Ctrl-C while it waits', async () => {
    const cwd = await project('waiting');
    const { uid, gid, home } = person.user;
    const env = {
      HOME: home,
      PATH: process.env.PATH,
      DOCKER_HOST: person.engine.host,
      TERM: 'xterm',
    };
    const pty = openPty(
      'setpriv',
      [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', process.execPath, program, 'watch'],
      { cwd, env },
    );
    await pty.waitFor(/watch-waiting is up to date/, 30_000);
    const held = holdOpen(person.cli.start(['exec', '--', 'sleep', '4715'], { cwd }));
    await eventually(
      () => person.run(['status', '--json'], { cwd }),
      ({ stdout }) => stdout.includes('4715'),
    );
    await writeFile(join(cwd, 'src/app'), 'two\n');
    await pty.waitFor(/Press r/);
    pty.write('\u0003');
    expect(await pty.exited).toBe(130);
    held.kill('SIGTERM');
  });

  it('makes one rebuild of a checkout of thousands of files', async () => {
    const cwd = await project('checkout', { Dockerfile: `FROM ${base}\nCOPY src /app\n` });
    const git = (...args: string[]): void => {
      execFileSync(
        'git',
        ['-c', 'safe.directory=*', '-c', 'user.name=a', '-c', 'user.email=a@b', ...args],
        {
          cwd,
          stdio: 'pipe',
        },
      );
    };
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '-m', 'few');
    git('checkout', '--quiet', '-b', 'many');
    for (let folder = 0; folder < 30; folder++) {
      await mkdir(join(cwd, `src/${folder}`));
      for (let file = 0; file < 100; file++) {
        await writeFile(join(cwd, `src/${folder}/${file}`), `${folder} ${file}\n`);
      }
    }
    git('add', '.');
    git('commit', '--quiet', '-m', 'many');
    git('checkout', '--quiet', '-');
    const watching = await settled(cwd);
    git('checkout', '--quiet', 'many');
    await watching.next('done');
    expect(await inside(cwd, 'cat', '/app/29/99')).toBe('29 99\n');
    git('checkout', '--quiet', '-');
    await watching.next('done');
    expect(await inside(cwd, 'ls', '/app')).toBe('app\n');

    // As slow as a checkout over a network.
    for (let folder = 0; folder < 12; folder++) {
      await mkdir(join(cwd, `src/${folder}`));
      for (let file = 0; file < 50; file++) {
        await writeFile(join(cwd, `src/${folder}/${file}`), `${folder} ${file}\n`);
      }
      await pause(150);
    }
    await watching.next('done');
    expect(await inside(cwd, 'cat', '/app/11/49')).toBe('11 49\n');
    const acts = watching.lines.map(({ type }) => type).filter((type) => type !== 'unchanged');
    const once = ['changed', 'done'];
    expect(acts).toEqual(['watching', 'done', ...once, ...once, ...once]);
  });

  it('leaves a workspace alone that somebody has stopped', async () => {
    const cwd = await project('stopped');
    const watching = await settled(cwd);
    await person.run(['stop'], { cwd });
    await writeFile(join(cwd, 'src/app'), 'two\n');
    await watching.next('stopped');
    expect((await containerOf(cwd)).State.Status).toBe('exited');
    expect(await person.run(['up'], { cwd })).toMatchObject({ exitCode: 0 });
    await writeFile(join(cwd, 'src/app'), 'three\n');
    await watching.next('done');
    expect(await inside(cwd, 'cat', '/app/app')).toBe('three\n');
  });

  it('stops a hook and a Dockerfile from making each other run for ever', async () => {
    const cwd = await project('circle', {
      'devenv.yaml': 'build: .\nhooks: {create: "cat /proc/sys/kernel/random/uuid > src/id"}\n',
    });
    const watching = watch(cwd);
    const { error } = await watching.next('failed', 55_000);
    expect(error).toMatchObject({ message: expect.stringContaining('src/id') as unknown });
    expect((await containerOf(cwd)).State.Status).toBe('running');
  });

  it('undoes what it has begun when it is interrupted', async () => {
    const cwd = await project('undone', {
      'devenv.yaml': 'build: .\nhooks: {create: "touch begun; test ! -e slow || sleep 4716"}\n',
    });
    const watching = await settled(cwd);
    const { Id } = await containerOf(cwd);
    await rm(join(cwd, 'begun'));
    await writeFile(join(cwd, 'slow'), '');
    await writeFile(join(cwd, 'src/app'), 'two\n');
    await eventually(
      () => readFile(join(cwd, 'begun'), 'utf8').catch(() => undefined),
      (text) => text !== undefined,
    );
    expect(await watching.end()).toBe(130);
    expect(await containersOf(cwd)).toMatchObject([{ Id, State: { Status: 'running' } }]);
  });

  it('is what up --watch goes on with', async () => {
    const cwd = await project('up');
    const watching = watch(cwd, ['up', '--watch']);
    expect(await watching.next('up')).toMatchObject({ workspace: { state: 'running' } });
    await watching.next('watching');
    await watching.next('unchanged');
    await writeFile(join(cwd, 'src/app'), 'two\n');
    await watching.next('done');
    expect(await inside(cwd, 'cat', '/app/app')).toBe('two\n');
    expect(await watching.end()).toBe(130);
  });

  it('goes on with up --watch when the first build fails, without building it again', async () => {
    const cwd = await project('first', { Dockerfile: `FROM ${base}\nRUN false\n` });
    const watching = watch(cwd, ['up', '--watch']);
    expect(await watching.next('failed')).toMatchObject({ error: { code: 'build_failed' } });
    await watching.next('watching');
    await writeFile(join(cwd, 'Dockerfile'), dockerfile);
    expect(await watching.next('changed')).toMatchObject({ paths: ['Dockerfile'] });
    await watching.next('done');
    expect(await inside(cwd, 'cat', '/app/app')).toBe('one\n');
    expect(watching.lines.filter(({ type }) => type === 'failed')).toHaveLength(1);
  });

  it('loses nothing that is saved while up --watch brings the workspace up', async () => {
    const cwd = await project('meanwhile', {
      'devenv.yaml':
        'build: .\nhooks: {create: "touch begun; while test ! -e go; do sleep 0.1; done"}\nwatch: [{path: note, run: cp note noted}]\n',
    });
    const watching = watch(cwd, ['up', '--watch']);
    await eventually(
      () => readFile(join(cwd, 'begun'), 'utf8').catch(() => undefined),
      (text) => text !== undefined,
      20_000,
    );
    await writeFile(join(cwd, 'note'), 'saved\n');
    await writeFile(join(cwd, 'go'), '');
    await watching.next('up');
    expect(await watching.next('changed')).toMatchObject({ paths: ['note'], action: 'run' });
    await watching.next('ran');
    expect(await readFile(join(cwd, 'noted'), 'utf8')).toBe('saved\n');
  });

  it('says in lines what happens', async () => {
    const cwd = await project('lines', {
      'devenv.yaml': 'build: .\nwatch: [{path: note, run: echo from inside}]\n',
    });
    const child = person.cli.start(['watch', '--progress', 'plain'], { cwd });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const says = (words: string): Promise<string> =>
      eventually(
        () => text,
        (now) => now.includes(words),
        20_000,
      );
    await says('watch-lines is up to date (');
    await writeFile(join(cwd, 'note'), 'x');
    await says('Changed: note; running echo from inside.');
    await says('\nfrom inside\n');
    await says('Done: echo from inside (');
    await writeFile(join(cwd, 'Dockerfile'), `FROM ${base}\nCOPPY src /app\n`);
    await says('unknown instruction: COPPY');
    await says('"devenv logs --build" shows all of the output.');
    await says('The build is tried again at the next change.');
    await writeFile(join(cwd, 'Dockerfile'), `FROM ${base}\nRUN echo mak""ing && false\n`);
    await says('] | making\n');
    await writeFile(join(cwd, 'Dockerfile'), dockerfile);
    await says('watch-lines is up to date again.');
    await writeFile(join(cwd, 'devenv.yaml'), 'x: y\n');
    await says('note: devenv.yaml:1:1: Unknown key: "x".\n');
    await writeFile(
      join(cwd, 'devenv.yaml'),
      'build: .\nhooks: {create: echo mak""ed && exit 3}\n',
    );
    await says('The create hook failed with status 3.');
    await says('] | maked\n');
    child.kill('SIGINT');
    const { stdout, exitCode } = await child;
    expect([stdout, exitCode]).toEqual(['', 130]);
  });

  it.skipIf(!isRoot)(
    'says how to raise the limit when the system lets it watch no more',
    async () => {
      const folders = Array.from({ length: 30 }, (_, index) => [`src/${index}/file`, 'x']);
      const cwd = await project('limit', Object.fromEntries(folders) as Record<string, string>);
      const limited = 'echo 10 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"';
      const child = spawn(
        'unshare',
        ['--user', '--map-root-user', 'sh', '-c', limited, process.execPath, program, 'watch'],
        { cwd, env: { ...process.env, HOME: person.user.home, DOCKER_HOST: person.engine.host } },
      );
      let text = '';
      child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const [code] = (await once(child, 'exit')) as [number];
      expect(text).toContain('sudo sysctl fs.inotify.max_user_watches=524288');
      expect(code).toBe(1);
    },
  );
});

/** A session that stays until it is told to end. */
function holdOpen(child: ReturnType<ReturnType<typeof aPerson>['cli']['start']>): {
  kill(signal: 'SIGTERM'): void;
  exited: Promise<unknown>;
} {
  return { kill: (signal) => void child.kill(signal), exited: child.then(() => undefined) };
}
