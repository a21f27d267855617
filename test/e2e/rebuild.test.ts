import { randomInt, randomUUID } from 'node:crypto';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from 'vitest';
import { labels } from '../../cli/src/plan/labels.ts';
import { describeWithEngine, testEngine } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { heldLocks } from '../support/held-locks.ts';
import { plainImage } from '../support/images.ts';
import { aPerson, containerOf, containersOf, type Person } from '../support/person.ts';
import { removeBuiltImages } from '../support/remove-built-images.ts';

const image = 'debian:bookworm-slim';

/** A shell script that makes a package and installs it: `cowsay`, which needs `libcow`. */
const install = (name: string): string =>
  [
    `mkdir -p /tmp/${name}/DEBIAN /tmp/${name}/usr/bin /tmp/${name}/etc/${name}`,
    `printf 'Package: ${name}\\nVersion: 1\\nArchitecture: all\\nMaintainer: me\\nDescription: x\\n' > /tmp/${name}/DEBIAN/control`,
    `echo hello > /tmp/${name}/usr/bin/${name}`,
    `echo hello > /tmp/${name}/etc/${name}/conf`,
    `dpkg-deb -b /tmp/${name} /tmp/${name}.deb`,
    `dpkg -i /tmp/${name}.deb`,
  ].join(' && ');

describeWithEngine('what was put into a container by hand', () => {
  const person = aPerson();

  const asRoot = async (cwd: string, script: string): Promise<void> => {
    const result = await person.run(['exec', '--root', '--', 'sh', '-c', script], { cwd });
    expect([result.exitCode, result.exitCode === 0 ? '' : result.stderr]).toEqual([0, '']);
  };

  it('is named before it is lost: packages, files, folders; --yes goes on', async () => {
    const folder = await person.project('hand', { 'devenv.yaml': `image: ${image}\n` });
    await person.run(['up'], { cwd: folder });
    const { Id } = await containerOf(folder);
    await asRoot(folder, install('cowsay'));
    await asRoot(
      folder,
      'mkdir -p /opt/tool/bin && touch /opt/tool/bin/tool && echo >> /etc/fstab',
    );
    const words = 'by hand: the package cowsay; /etc/fstab, /opt/tool. Go on?';
    const edited = `image: ${image}\nenvironment: {A: b}\n`;
    for (const [args, text] of [
      [['rebuild'], `image: ${image}\n`],
      [['down'], `image: ${image}\n`],
      [['down', '--volumes'], `image: ${image}\n`],
      [['up'], edited],
    ] as const) {
      await writeFile(join(folder, 'devenv.yaml'), text);
      const refused = await person.run([...args], { cwd: folder });
      expect([args, refused.exitCode, refused.stdout]).toEqual([args, 2, '']);
      expect(refused.stderr).toContain(words);
      expect(refused.stderr).toContain('--yes');
      expect(await containerOf(folder)).toMatchObject({ Id, State: { Status: 'running' } });
    }
    await person.run(['stop'], { cwd: folder });
    expect((await person.run(['rebuild'], { cwd: folder })).stderr).toContain(words);
    expect(await person.run(['rebuild', '--yes'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect((await containerOf(folder)).Id).not.toBe(Id);
  });

  it('is one question together with the sessions that end', async () => {
    const folder = await person.project('both', { 'devenv.yaml': `image: ${image}\n` });
    await person.run(['up'], { cwd: folder });
    await asRoot(folder, 'touch /opt/mine');
    const { session } = await attach(person, folder);
    const { stderr } = await person.run(['rebuild'], { cwd: folder });
    expect(stderr).toContain(
      'ends one attached session and loses what was put into it by hand: /opt/mine. Go on?',
    );
    session.kill('SIGTERM');
    await session;
  });

  it('is nothing in a workspace that was only used', async () => {
    const folder = await person.project('used', {
      'devenv.yaml': [
        `image: ${image}`,
        'caches: [~/.npm, /var/lib/shop/cache]',
        'hooks: {create: "true"}',
      ].join('\n'),
    });
    await person.run(['up'], { cwd: folder });
    const script = 'touch ~/kept /tmp/x /var/tmp/y; echo > made';
    expect(await person.run(['exec', '--', 'sh', '-c', script], { cwd: folder })).toMatchObject({
      exitCode: 0,
    });
    await asRoot(
      folder,
      'touch /root/.bash_history /usr/local/x && rm /usr/local/x && echo bob:x:7:7:::: >> /etc/passwd',
    );
    expect(await person.run(['rebuild'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await person.run(['down'], { cwd: folder })).toMatchObject({ exitCode: 0 });
  });

  it('is what lies in a home that dies with the container', async () => {
    const folder = await person.project('homeless', {
      'devenv.yaml': `image: ${image}\nhome: none\n`,
    });
    await person.run(['up'], { cwd: folder });
    expect(await person.run(['rebuild'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    const script = 'echo > ~/mine; mkdir -p ~/.cache/pip';
    await person.run(['exec', '--', 'sh', '-c', script], { cwd: folder });
    const refused = await person.run(['rebuild'], { cwd: folder });
    expect(refused.stderr).toContain(`by hand: ${person.user.home}/mine. Go on?`);
  });

  it('is not what the hooks install, even where they run again in the same container', async () => {
    const yaml = (name: string): string =>
      [
        `image: ${image}`,
        'user: root',
        'hooks:',
        `  create: "${install(name).replaceAll('\\', '\\\\')}"`,
        '  start: "echo >> /opt/started"',
      ].join('\n');
    const folder = await person.project('hooked', { 'devenv.yaml': yaml('one') });
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await person.run(['restart'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect(await person.run(['rebuild'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    await asRoot(folder, install('hand'));
    await writeFile(join(folder, 'devenv.yaml'), yaml('two'));
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    const refused = await person.run(['rebuild'], { cwd: folder });
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toContain('by hand: the package hand. Go on?');
  });

  it('is looked for only where a container is to go', async () => {
    const folder = await person.project('looks', { 'devenv.yaml': `image: ${image}\n` });
    await person.run(['up'], { cwd: folder });
    person.engine.calls.length = 0;
    for (const args of [['up'], ['exec', '--', 'true'], ['restart'], ['stop'], ['up'], ['plan']]) {
      expect(await person.run(args, { cwd: folder })).toMatchObject({ exitCode: 0 });
    }
    expect(person.engine.calls.filter((call) => call.endsWith('/changes'))).toEqual([]);
  });
});

describeWithEngine('a rebuild --when-idle', () => {
  const person = aPerson();
  let folder: string;

  const files = (version: string) => ({
    'devenv.yaml': 'build: .\n',
    Dockerfile: `FROM ${image}\nRUN echo ${version} > /version\n`,
  });
  const waiting = 'wait for one attached session to end: sleep 600';

  beforeAll(async () => {
    folder = await person.project('idle', files('one'));
    await person.run(['up'], { cwd: folder });
  });
  afterEach(() => person.engine.heal());

  it('builds, waits for the sessions to end, and swaps then, without building again', async () => {
    const before = await containerOf(folder);
    const { session } = await attach(person, folder);
    await writeFile(join(folder, 'Dockerfile'), files('two').Dockerfile);
    person.engine.calls.length = 0;
    const rebuild = person.cli.start(['rebuild', '--when-idle', '--json'], { cwd: folder });
    await says(rebuild, waiting);
    expect(person.engine.calls.filter(isBuild)).toHaveLength(1);
    expect(await containersOf(folder)).toHaveLength(1);
    expect(await heldLocks(person)).toEqual([]);
    const looks = person.engine.calls.length;
    expect(await person.run(['exec', '--', 'cat', '/version'], { cwd: folder })).toMatchObject({
      stdout: 'one\n',
    });
    // That session has come and gone: one look for each event, and none beside.
    expect(person.engine.calls.length - looks).toBeLessThan(30);
    session.kill('SIGTERM');
    const { exitCode, stdout } = await rebuild;
    expect(exitCode).toBe(0);
    const kinds = (JSON.parse(stdout) as { steps: { do: string }[] }).steps.map((step) => step.do);
    expect(kinds.slice(0, 3)).toEqual(['build-image', 'await-idle', 'create-container']);
    expect(person.engine.calls.filter(isBuild)).toHaveLength(1);
    expect((await containerOf(folder)).Id).not.toBe(before.Id);
    expect(await person.run(['exec', '--', 'cat', '/version'], { cwd: folder })).toMatchObject({
      stdout: 'two\n',
    });
  });

  it('leaves everything as it was on Ctrl-C', async () => {
    const before = await containerOf(folder);
    const { session } = await attach(person, folder);
    const rebuild = person.cli.start(['rebuild', '--when-idle'], { cwd: folder });
    await says(rebuild, waiting);
    rebuild.kill('SIGINT');
    const { exitCode, stdout, stderr } = await rebuild;
    expect([exitCode, stdout]).toEqual([130, '']);
    expect(stderr).toContain('Interrupted while waiting for the sessions to end.');
    expect(await containerOf(folder)).toMatchObject({
      Id: before.Id,
      State: { Status: 'running', StartedAt: before.State.StartedAt },
    });
    expect(session.exitCode).toBeNull();
  });

  it('fails when the engine goes away meanwhile', async () => {
    const before = await containerOf(folder);
    const { session } = await attach(person, folder);
    const rebuild = person.cli.start(['rebuild', '--when-idle'], { cwd: folder });
    await says(rebuild, waiting);
    const died = person.engine.dieAt(/^GET \/containers\/json/, 'before');
    await person.run(['ls'], { cwd: folder });
    await died;
    const { exitCode, stderr } = await rebuild;
    expect(exitCode).toBe(3);
    expect(stderr).toContain('went away');
    expect((await containerOf(folder)).Id).toBe(before.Id);
    await session;
  });

  it('is shown by --dry-run in its order, and is no wait where nobody is attached', async () => {
    const { session } = await attach(person, folder);
    const dry = await person.run(['rebuild', '--when-idle', '--dry-run'], { cwd: folder });
    const lines = dry.stdout.split('\n');
    const at = (words: string): number => lines.findIndex((line) => line.startsWith(words));
    expect(at('build image')).toBeLessThan(at(waiting));
    expect(at(waiting)).toBeLessThan(at('create container'));
    expect(dry.stdout).not.toContain('It would ask');
    session.kill('SIGTERM');
    await session;
    const { Id } = await containerOf(folder);
    expect(await person.run(['rebuild', '--when-idle'], { cwd: folder })).toMatchObject({
      exitCode: 0,
    });
    expect((await containerOf(folder)).Id).not.toBe(Id);
  });

  it('is what up can do too', async () => {
    const { session } = await attach(person, folder);
    await writeFile(join(folder, 'devenv.yaml'), 'build: .\nenvironment: {A: b}\n');
    const up = person.cli.start(['up', '--when-idle'], { cwd: folder });
    await says(up, waiting);
    session.kill('SIGTERM');
    expect(await up).toMatchObject({ exitCode: 0 });
    const { stdout } = await person.run(['exec', '--', 'sh', '-c', 'echo $A'], { cwd: folder });
    expect(stdout).toBe('b\n');
  });
});

describeWithEngine('a rebuild with a port, and sessions attached', () => {
  const person = aPerson();
  const port = randomInt(20_000, 30_000);
  let folder: string;

  beforeAll(async () => {
    folder = await person.project('port', {
      'devenv.yaml': [
        `image: ${await plainImage()}`,
        `ports: ["${port}:3000"]`,
        'hooks: {create: "true", start: httpd -p 3000 -h .}',
      ].join('\n'),
      version: 'served',
    });
    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
  });
  afterEach(() => person.engine.heal());

  const answer = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}/version`)).text();

  it('keeps the port, which the old container held until the swap', async () => {
    const { Id } = await containerOf(folder);
    await attach(person, folder);
    expect(await person.run(['rebuild', '--yes'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect((await containerOf(folder)).Id).not.toBe(Id);
    expect(await answer()).toBe('served');
  });

  it.each([
    ['create', /^POST \/containers\/create/],
    ['prepare', /^PUT .*-next\/archive/],
    ['stop', /^POST .*\/stop/],
    ['set aside', /^POST .*[0-9a-f]{8}\/rename/],
    ['move in', /^POST .*-next\/rename/],
    ['start', /^POST \/containers\/.*\/start/],
  ])('gives the port back to the old container when the engine fails: %s', async (title, call) => {
    const before = await containerOf(folder);
    const { session } = await attach(person, folder);
    person.engine.failAt(call, 500, 'the engine is out of sorts');
    const failed = await person.run(['rebuild', '--yes'], { cwd: folder });
    expect(failed).toMatchObject({ exitCode: 1, stdout: '' });
    const after = await containerOf(folder);
    expect([after.Id, after.Name, after.State.Status]).toEqual([before.Id, before.Name, 'running']);
    expect(after.NetworkSettings.Ports?.['3000/tcp']?.[0]?.HostPort).toBe(String(port));
    expect(await heldLocks(person)).toEqual([]);
    if (['create', 'prepare', 'stop'].includes(title)) expect(session.exitCode).toBeNull();
    // The start hook, and with it the server, has run again where the container was stopped.
    expect(await eventually(answer, (text) => text === 'served')).toBe('served');
    const up = await person.run(['up', '--json'], { cwd: folder });
    expect(JSON.parse(up.stdout)).toMatchObject({ steps: [] });
  });
});

describeWithEngine('a rebuild of an image', () => {
  afterAll(() => removeBuiltImages('large-'));
  afterAll(() => removeBuiltImages('moves-'));
  const person = aPerson();
  const files = { 'devenv.yaml': 'build: .\n', Dockerfile: `FROM ${image}\nRUN echo 1 > /one\n` };

  afterEach(() => person.engine.heal());

  it('leaves one workspace where two run at once', async () => {
    const folder = await person.project('two', files);
    await person.run(['up'], { cwd: folder });
    const { Id } = await containerOf(folder);
    const results = await Promise.all([1, 2].map(() => person.run(['rebuild'], { cwd: folder })));
    expect(results.map(({ exitCode, stderr }) => (exitCode === 0 ? '' : stderr))).toEqual(['', '']);
    expect((await containerOf(folder)).Id).not.toBe(Id);
    expect(await heldLocks(person)).toEqual([]);
  });

  it.each([
    ['before', 'buildkit'],
    ['within', 'buildkit'],
    ['after', 'buildkit'],
    ['within', 'classic'],
  ] as const)(
    'leaves the old container running when the engine dies in the middle of it: %s, %s',
    async (when, builder) => {
      const folder = await person.project(`dies-${when}-${builder}`, files);
      await person.run(['up'], { cwd: folder });
      const before = await containerOf(folder);
      await writeFile(join(folder, 'Dockerfile'), `FROM ${image}\nRUN echo ${when} > /one\n`);
      const rebuild = ['rebuild', '--builder', builder];
      const died = person.engine.dieAt(/^POST \/build/, when);
      const failed = await person.run(rebuild, { cwd: folder });
      await died;
      expect(failed).toMatchObject({ exitCode: 3, stdout: '' });
      expect(await heldLocks(person)).toEqual([]);
      const after = await containerOf(folder);
      expect([after.Id, after.State.StartedAt]).toEqual([before.Id, before.State.StartedAt]);
      await person.engine.heal();
      expect(await person.run(rebuild, { cwd: folder })).toMatchObject({ exitCode: 0 });
      expect((await containerOf(folder)).Id).not.toBe(before.Id);
    },
  );

  it('needs little more memory for 400 MB than for nothing, whatever is sent', async () => {
    const folder = await person.project('large-context', {
      ...files,
      Dockerfile: `FROM ${await plainImage()}\nCOPY large /\n`,
      // Nothing that the engine has had before.
      large: randomUUID(),
      'peak.cjs': `process.on('exit', () => require('fs').writeFileSync(process.env.PEAK, String(process.resourceUsage().maxRSS)));`,
    });
    const peakOf = async (megabytes: number): Promise<number> => {
      await truncate(join(folder, 'large'), megabytes * 1024 ** 2);
      const env = {
        NODE_OPTIONS: `--require ${join(folder, 'peak.cjs')}`,
        PEAK: join(folder, `${megabytes}.peak`),
      };
      expect(await person.run(['build'], { cwd: folder, env })).toMatchObject({ exitCode: 0 });
      return Number(await readFile(env.PEAK, 'utf8')) / 1024;
    };
    const small = await peakOf(1);
    expect(small).toBeGreaterThan(10);
    expect((await peakOf(400)) - small).toBeLessThan(100);
  });

  it('asks about a session that began during the build', async () => {
    const folder = await person.project('came', files);
    await person.run(['up'], { cwd: folder });
    const { Id } = await containerOf(folder);
    const held = person.engine.holdAt(/^POST \/build/);
    const rebuild = person.cli.start(['rebuild'], { cwd: folder });
    await held.arrived;
    const { session } = await attach(person, folder);
    held.release();
    const { exitCode, stderr } = await rebuild;
    expect(exitCode).toBe(2);
    expect(stderr).toContain('ends one attached session. Go on?');
    expect(session.exitCode).toBeNull();
    expect((await containerOf(folder)).Id).toBe(Id);
  });

  it('asks about what was put into the container during the build, not about what was asked', async () => {
    const folder = await person.project('put', files);
    await person.run(['up'], { cwd: folder });
    const { Id } = await containerOf(folder);
    const touch = (path: string) =>
      person.run(['exec', '--root', '--', 'touch', path], { cwd: folder });
    const held = person.engine.holdAt(/^POST \/build/);
    const rebuild = person.cli.start(['rebuild'], { cwd: folder });
    await held.arrived;
    expect(await touch('/opt/mine')).toMatchObject({ exitCode: 0 });
    held.release();
    const { exitCode, stderr } = await rebuild;
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('by hand: /opt/mine. Go on?')]);
    expect((await containerOf(folder)).Id).toBe(Id);
  });

  /** Which may have been read already or not: the image is then of neither state. */
  it.each(['up', 'build'])(
    'counts as of no state where a file changes meanwhile: %s',
    async (command) => {
      const one = randomUUID();
      const folder = await person.project(`moves-${command}`, {
        ...files,
        Dockerfile: `FROM ${image}\nCOPY src /src\n`,
        // Nothing that has been built before.
        'src/file': one,
      });
      const held = person.engine.holdAt(/^POST \/build/);
      const first = person.cli.start([command, '--json'], { cwd: folder });
      await held.arrived;
      await writeFile(join(folder, 'src/file'), 'two\n');
      held.release();
      const { exitCode, stdout, stderr } = await first;
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain('changed while it ran');
      // What has the first state's name must be of the first state.
      await writeFile(join(folder, 'src/file'), one);
      if (command === 'build') {
        const { reference, id } = JSON.parse(stdout) as { reference: string; id: string };
        expect((await testEngine().inspectImage(reference))?.Id).toBe(id);
        const next = await person.run(['build'], { cwd: folder });
        expect(next.stdout.trim()).not.toBe(reference);
        return;
      }
      const made = await containerOf(folder);
      const inputs = made.Config.Labels?.[labels.image] ?? '';
      expect(made.Config.Image).toBe(`devenv/moves-up:${inputs.slice(0, 12)}`);
      expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
      expect((await containerOf(folder)).Id).not.toBe(made.Id);
      const { stdout: inside } = await person.run(['exec', 'cat', '/src/file'], { cwd: folder });
      expect(inside).toBe(one);
      expect((await person.run(['up'], { cwd: folder })).stdout).toContain('already up');
    },
  );

  it('is what up does after a build --no-cache has made another image of the same files', async () => {
    const folder = await person.project('anew', {
      ...files,
      Dockerfile: `FROM ${image}\nRUN date +%s%N > /when\n`,
    });
    await person.run(['up'], { cwd: folder });
    const { Id } = await containerOf(folder);
    await person.run(['build'], { cwd: folder });
    expect((await person.run(['up'], { cwd: folder })).stdout).toContain('already up');
    const built = await person.run(['build', '--no-cache', '--json'], { cwd: folder });
    const up = await person.run(['up'], { cwd: folder });
    expect(up).toMatchObject({ exitCode: 0 });
    expect(up.stderr).toContain('its image was built again');
    const after = await containerOf(folder);
    expect(after.Id).not.toBe(Id);
    expect(after.Image).toBe((JSON.parse(built.stdout) as { id: string }).id);
    expect((await person.run(['up'], { cwd: folder })).stdout).toContain('already up');
  });

  it('can be read again with logs --build, whether it succeeded or not', async () => {
    const folder = await person.project('logs', {
      ...files,
      Dockerfile: `FROM ${image}\nRUN echo first words\n`,
    });
    const logs = (...more: string[]) => person.run(['logs', '--build', ...more], { cwd: folder });
    const none = await logs();
    expect(none).toMatchObject({ exitCode: 4, stdout: '' });
    expect(none.stderr).toMatch(/No image was built for this workspace yet\.\nhint: .*devenv up/);
    await person.run(['up'], { cwd: folder });
    expect((await logs()).stdout).toContain('first words');
    const broken = `FROM ${image}\nRUN echo last words && exit 7\n`;
    await writeFile(join(folder, 'Dockerfile'), broken);
    expect(await person.run(['rebuild'], { cwd: folder })).toMatchObject({ exitCode: 4 });
    expect((await logs()).stdout).toContain('last words');
    expect((await logs()).stdout).not.toContain('first words');
    expect((await logs('--tail', '1')).stdout.split('\n')).toHaveLength(2);
    expect(await logs('--follow')).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it('says that there is no log of an image that is not built', async () => {
    const folder = await person.project('pulled', { 'devenv.yaml': `image: ${image}\n` });
    const { exitCode, stderr } = await person.run(['logs', '--build'], { cwd: folder });
    expect(exitCode).toBe(4);
    expect(stderr).toContain(`hint: Its image ${image} is not built but pulled`);
  });
});

function isBuild(call: string): boolean {
  return call.startsWith('POST /build');
}

type Child = ReturnType<Person['cli']['start']>;

/** A session that stays until it is killed; wrapped, as a process is a promise of its end. */
async function attach(person: Person, cwd: string): Promise<{ session: Child }> {
  const session = person.cli.start(['exec', '--', 'sleep', '600'], { cwd });
  onTestFinished(async () => {
    session.kill('SIGTERM');
    await session;
  });
  const sessions = async (): Promise<string> =>
    (await person.run(['status', '--json'], { cwd })).stdout;
  await eventually(sessions, (text) => text.includes('sleep'), 30_000);
  return { session };
}

/** Settles when the process has said it on stderr; fails when it ends without. */
async function says(child: Child, words: string): Promise<void> {
  let said = '';
  for await (const chunk of child.stderr.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (said.includes(words)) return;
  }
  throw new Error(`it only said: ${said}`);
}
