import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CliResult } from '../support/cli.ts';
import { describeWithEngine } from '../support/engine.ts';
import { aPerson, containerOf, containersOf } from '../support/person.ts';

const image = 'debian:bookworm-slim';

describeWithEngine('calls at the same time', () => {
  const person = aPerson();

  it('of every kind never end in anything unexpected, and leave one workspace', async () => {
    const folder = await person.project('mixed', {
      'devenv.yaml': `image: ${image}\nhooks: {create: echo run >> runs}\n`,
    });
    const kinds: [string[], (result: CliResult) => boolean][] = [
      [['up'], done],
      [['rebuild', '--yes'], done],
      [['restart', '--yes'], done],
      [['down', '--yes'], done],
      [['stop', '--yes'], done],
      // Its workspace may be stopped or removed under it, before it begins or while it runs.
      [['exec', '--', 'true'], (result) => done(result) || isCutOff(result)],
      [['status'], done],
      [['ls'], done],
    ];
    const calls = [...kinds, ...kinds].map(async ([args, isFine]) => {
      const result = await person.run(args, { cwd: folder });
      return isFine(result) ? 'fine' : `${args.join(' ')}: ${result.exitCode} ${result.stderr}`;
    });
    expect(await Promise.all(calls)).toEqual(calls.map(() => 'fine'));

    expect(await person.run(['up'], { cwd: folder })).toMatchObject({ exitCode: 0 });
    expect((await containerOf(folder)).State.Status).toBe('running');
  }, 120_000);

  it('with a changed file replace the container once', async () => {
    const folder = await person.project('stale', { 'devenv.yaml': `image: ${image}\n` });
    await person.run(['up'], { cwd: folder });
    const hook = 'hooks: {create: echo run >> runs}';
    await writeFile(join(folder, 'devenv.yaml'), `image: ${image}\nenvironment: {A: b}\n${hook}\n`);
    const results = await Promise.all([1, 2, 3, 4].map(() => person.run(['up'], { cwd: folder })));
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    expect(await containersOf(folder)).toHaveLength(1);
    expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('run\n');
  }, 120_000);

  it('in clones whose folders have one name make a workspace for each', async () => {
    const yaml = { 'devenv.yaml': `image: ${image}\nports: [34567]\n` };
    const folders = await Promise.all(
      ['one/shop', 'two/shop'].map((path) => person.project(path, yaml)),
    );
    const [first = '', second = ''] = folders;
    // Both choose the port that is free now; the second one has it by the time the first starts.
    const held = person.engine.holdAt(/^POST .*\/start/);
    const slow = person.run(['up'], { cwd: first });
    await held.arrived;
    const quick = await person.run(['up'], { cwd: second });
    held.release();
    const results = [await slow, quick];
    expect(results.map(({ exitCode, stderr }) => (exitCode === 0 ? '' : stderr))).toEqual(['', '']);
    const [one, two] = await Promise.all(folders.map(containerOf));
    expect(one?.Id).not.toBe(two?.Id);
    const ports = [one, two].map((container) => container?.NetworkSettings.Ports?.['34567/tcp']);
    expect(ports[0]?.[0]?.HostPort).not.toBe(ports[1]?.[0]?.HostPort);
    for (const cwd of folders) {
      const { stdout } = await person.run(['exec', '--', 'pwd'], { cwd });
      expect(stdout).toBe(`${cwd}\n`);
    }
    const ambiguous = await person.run(['-w', 'shop', 'status'], { cwd: '/' });
    expect(ambiguous.exitCode).toBe(2);
    for (const folder of folders) expect(ambiguous.stderr).toContain(folder);
  }, 120_000);
});

describeWithEngine('two people with projects of one name', () => {
  const ann = aPerson();
  const bob = aPerson();

  it('have a workspace each, and see nothing of the other', async () => {
    const files = { 'devenv.yaml': `image: ${image}\n` };
    const people = [ann, bob].map((person) => ({ person, other: person === ann ? bob : ann }));
    const folders = await Promise.all([ann, bob].map((person) => person.project('shop', files)));
    const ups = people.map(({ person }, index) =>
      person.run(['exec', '--', 'id', '-u'], { cwd: folders[index]! }),
    );
    const uids = (await Promise.all(ups)).map(({ stdout }) => stdout);
    expect(uids).toEqual([`${ann.user.uid}\n`, `${bob.user.uid}\n`]);
    for (const { person, other } of people) {
      const { stdout } = await person.run(['ls'], { cwd: '/' });
      expect(stdout).toContain(person.user.home);
      expect(stdout).not.toContain(other.user.home);
    }
  });

  it('have a workspace each for one folder that both can read', async () => {
    const folder = await ann.project('shared', { 'devenv.yaml': `image: ${image}\n` });
    const first = ['exec', '--', 'sh', '-c', 'test ! -e ~/mark && touch ~/mark'];
    const results = await Promise.all([ann, bob].map((one) => one.run(first, { cwd: folder })));
    expect(results.map(({ exitCode, stderr }) => (exitCode === 0 ? '' : stderr))).toEqual(['', '']);
    const owners = (await containersOf(folder)).map(({ Config }) => Config.Labels?.['devenv.uid']);
    expect(owners.sort()).toEqual([ann, bob].map(({ user }) => String(user.uid)).sort());
    expect(await bob.run(['down', '--volumes', '--yes'], { cwd: folder })).toMatchObject({
      exitCode: 0,
    });
    expect((await containerOf(folder)).Config.Labels?.['devenv.uid']).toBe(String(ann.user.uid));
  });
});

function done({ exitCode }: CliResult): boolean {
  return exitCode === 0;
}

function isCutOff({ exitCode, stderr }: CliResult): boolean {
  const ended = exitCode === 137 && stderr.includes('the workspace was stopped');
  return ended || (exitCode === 125 && stderr.includes('hint: '));
}
