import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { describeWithEngine, testEngine } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { plainImage } from '../support/images.ts';
import { aPerson, containerOf, containersOf } from '../support/person.ts';
import { removeBuiltImages } from '../support/remove-built-images.ts';

/** What every secret of these tests begins with, so that one search finds them all. */
const mark = 'hush-';

describeWithEngine('the secrets of a project', () => {
  afterAll(() => removeBuiltImages('secrets-test'));
  const person = aPerson();

  const secrets = [
    'secrets:',
    '  FROM_HERE: {environment: TOKEN}',
    '  FROM_FILE: {file: ../token}',
    '',
  ].join('\n');
  const own = 'secrets: {FROM_COMMAND: {command: "echo asked >> asked; cat ../printed"}}\n';
  const env = { TOKEN: `${mark}e` };
  const all = `${mark}e ${mark}f ${mark}c\n`;
  const show = 'echo $FROM_HERE $FROM_FILE $FROM_COMMAND';

  const project = (name: string, more: string): Promise<string> =>
    person.project(name, {
      'shop/devenv.yaml': secrets + more,
      'shop/devenv.local.yaml': own,
      token: `${mark}f\n`,
      printed: `${mark}c\n`,
    });

  it('reach sessions and hooks, as they are when these begin', async () => {
    const folder = await project('reach', `image: ${await plainImage()}\n${hooks(show)}`);
    const cwd = join(folder, 'shop');
    const run = (environment: Record<string, string>) =>
      person.run(['exec', '--', 'sh', '-c', show], { cwd, env: environment });
    expect(await run(env)).toMatchObject({ stdout: all, exitCode: 0 });
    for (const hook of ['create', 'start']) {
      expect(await readFile(join(cwd, hook), 'utf8')).toBe(all);
    }
    await writeFile(join(folder, 'token'), `${mark}new`);
    const changed = await run({ TOKEN: `${mark}other` });
    expect(changed.stdout).toBe(`${mark}other ${mark}new ${mark}c\n`);
  });

  it('are asked for once by each call of devenv', async () => {
    const folder = await project('once', `image: ${await plainImage()}\n${hooks(show)}`);
    const cwd = join(folder, 'shop');
    const asked = async (): Promise<string> => readFile(join(cwd, 'asked'), 'utf8').catch(() => '');
    expect(await person.run(['exec', '--', 'true'], { cwd, env })).toMatchObject({ exitCode: 0 });
    expect(await asked()).toBe('asked\n');
    await person.run(['exec', '--', 'true'], { cwd, env });
    expect(await asked()).toBe('asked\nasked\n');
    for (const command of [['status'], ['plan'], ['config'], ['up'], ['ls'], ['stop'], ['down']]) {
      await person.run(command, { cwd, env });
    }
    expect(await asked()).toBe('asked\nasked\n');
  });

  it('are in no container, label, image, log, file or command line', async () => {
    const folder = await project(
      'nowhere',
      `name: secrets-test\nbuild: .\n${hooks('test -n "$FROM_FILE"')}`,
    );
    const cwd = join(folder, 'shop');
    await writeFile(
      join(cwd, 'Dockerfile'),
      `FROM ${await plainImage()}\nRUN env; echo built > /built\n`,
    );
    const up = await person.run(['--progress', 'json', 'up', '--json'], { cwd, env });
    expect(up.exitCode).toBe(0);
    const session = person.cli.start(['exec', '--', 'sh', '-c', 'touch in; exec sleep 600'], {
      cwd,
      env,
    });
    try {
      await eventually(async () => (await readdir(cwd)).includes('in'), Boolean);
      const docker = testEngine();
      const container = await containerOf(cwd);
      const execs = await Promise.all(
        (container.ExecIDs ?? []).map((id) => docker.inspectExec(id)),
      );
      expect(JSON.stringify(execs)).toContain('sleep 600');
      const pid1 = await person.run(['exec', '--', 'sh', '-c', 'tr "\\0" "\\n" </proc/1/environ'], {
        cwd,
        env,
      });
      expect(pid1.stdout).toContain('PATH=');
      const spoken = await Promise.all(
        [['config'], ['config', '--json'], ['plan'], ['status', '--json'], ['logs']].map((args) =>
          person.run(args, { cwd, env }),
        ),
      );
      const found = {
        container: JSON.stringify(container),
        image: JSON.stringify(await docker.inspectImage(container.Image)),
        execs: JSON.stringify(execs),
        'the first process': pid1.stdout,
        'command lines': (await commandLines()).join('\n'),
        output: JSON.stringify([up, ...spoken]),
        state: await textBelow(join(person.user.home, '.local')),
        cache: await textBelow(join(person.user.home, '.cache')),
      };
      expect(found['command lines']).toContain('exec sleep 600');
      expect(found.state).toContain('echo built');
      for (const [where, text] of Object.entries(found)) {
        expect(`${where}: ${text.includes(mark)}`).toBe(`${where}: false`);
      }
    } finally {
      session.kill();
      await session;
    }
  });

  it('stop a session before anything is made when one has no value', async () => {
    const folder = await project('missing', `image: ${await plainImage()}\n`);
    const cwd = join(folder, 'shop');
    const refused = await person.run(['exec', '--', 'true'], { cwd });
    expect(refused.exitCode).toBe(125);
    expect(refused.stderr).toContain('FROM_HERE');
    expect(refused.stderr).toContain('TOKEN');
    expect(refused.stderr).toContain('hint: ');
    expect(await containersOf(cwd)).toEqual([]);
    expect(await testEngine().listVolumes([`devenv.root=${cwd}`])).toEqual([]);
    expect(await person.run(['exec', '--', 'true'], { cwd, env })).toMatchObject({ exitCode: 0 });
    expect(await person.run(['exec', '--', 'true'], { cwd })).toMatchObject({ exitCode: 125 });
  });

  it('are needed by up only for its hooks', async () => {
    const folder = await project('up', `image: ${await plainImage()}\n`);
    const cwd = join(folder, 'shop');
    expect(await person.run(['up'], { cwd })).toMatchObject({ exitCode: 0 });
    const { Id } = await containerOf(cwd);
    await writeFile(
      join(cwd, 'devenv.yaml'),
      `${secrets}image: ${await plainImage()}\nenvironment: {MORE: "1"}\n${hooks('true')}`,
    );
    expect(await person.run(['up'], { cwd })).toMatchObject({ exitCode: 2 });
    expect(await containerOf(cwd)).toMatchObject({ Id, State: { Status: 'running' } });
  });
});

/** Both hooks, each writing what `script` prints into a file with its own name. */
function hooks(script: string): string {
  return `hooks: {create: '${script} > create', start: '${script} > start'}\n`;
}

/** The command lines of all processes of this host, those in containers included. */
async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return line.replaceAll('\0', ' ');
    }),
  );
}

async function textBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map((file) => readFile(join(file.parentPath, file.name), 'latin1'));
  return (await Promise.all(texts)).join('\n');
}
