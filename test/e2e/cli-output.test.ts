import { execa } from 'execa';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { expectValid } from '../commands/output-schemas.ts';
import { program } from '../support/cli.ts';
import { describeWithEngine } from '../support/engine.ts';
import { aPerson } from '../support/person.ts';
import { openPty } from '../support/pty.ts';

const image = 'debian:bookworm-slim';
const yaml = `image: ${image}\nports: [34570]\ntasks: {hello: echo hello, two: {a: echo a, b: [echo, b]}}\n`;

const escape = '\u001b';
// eslint-disable-next-line no-control-regex -- it is colours that are looked for
const colour = /\u001b\[[\d;]*m/;

describeWithEngine('--json', () => {
  const person = aPerson();
  let cwd: string;

  beforeAll(async () => {
    cwd = await person.project('shop', { 'devenv.yaml': yaml });
    await person.project('empty', { 'package.json': '{}' });
    const git = execa({ cwd, uid: person.user.uid, gid: person.user.gid });
    await git`git init -q`;
    await git`git add .`;
    await git`git -c user.name=t -c user.email=t@example.org commit -qm first`;
  });

  // In this order they are the life of a workspace.
  it.each([
    ['config', ['config']],
    ['config-check', ['config', 'check']],
    ['plan', ['plan']],
    ['status', ['status']],
    ['up', ['up', '--dry-run']],
    ['exec', ['exec', '--dry-run', '--', 'true']],
    ['shell', ['shell', '--dry-run']],
    ['up', ['up']],
    ['up', ['up']],
    ['run', ['run']],
    ['run', ['run', '--dry-run', 'hello']],
    ['ls', ['ls']],
    ['status', ['status']],
    ['ports', ['ports']],
    ['restart', ['restart']],
    ['rebuild', ['rebuild']],
    ['stop', ['stop']],
    ['plan', ['plan']],
    ['ls', ['ls']],
    ['down', ['down', '--volumes', '--yes']],
    ['clone', ['clone', '.', '../copy']],
    ['prune', ['prune', '--dry-run']],
    ['prune', ['prune', '--yes']],
    ['image-ls', ['image', 'ls']],
    ['doctor', ['doctor']],
    ['engine-status', ['engine', 'status']],
    ['engine-stop', ['engine', 'stop']],
    ['init', ['-C', '../empty', 'init']],
  ])('prints what the schema %s says, and nothing else: %j', async (schema, args) => {
    const result = await person.run(['--json', '--progress', 'json', ...args], { cwd });
    expect([result.exitCode, result.exitCode === 0 ? '' : result.stderr]).toEqual([0, '']);
    expectValid(schema, result.stdout);
    for (const line of linesOf(result.stderr)) expectValid('events', line);
  });

  it.each([
    ['a mistake in the file', 2, ['-f', 'bad.yaml', 'up']],
    ['an engine that is not there', 3, ['--host', 'unix:///nonexistent', 'up']],
    ['an image that is not there', 4, ['-f', 'image.yaml', 'up']],
    ['a hook that fails', 6, ['-f', 'hook.yaml', 'up']],
    ['a session that cannot begin', 125, ['-f', 'bad.yaml', 'exec', '--', 'true']],
    ['a line that makes no sense', 2, ['up', '--nonsense']],
  ])('prints the failure for %s, with exit code %i', async (_title, exitCode, args) => {
    await person.project('shop', {
      'bad.yaml': 'imge: x\n',
      'image.yaml': 'image: 127.0.0.1:1/none\n',
      'hook.yaml': `image: ${image}\nhooks: {create: "echo why; exit 3"}\n`,
    });
    const result = await person.run(['--json', '--progress', 'json', ...args], { cwd });
    expect(result.exitCode).toBe(exitCode);
    const { error } = expectValid('error', result.stdout) as { error: { hint?: string } };
    expect(error.hint).toBeTruthy();
    for (const line of linesOf(result.stderr)) expectValid('events', line);
  });
});

describeWithEngine('progress', () => {
  const person = aPerson();
  let cwd: string;

  beforeAll(async () => {
    cwd = await person.project('shop', {
      'devenv.yaml': `image: ${image}\nhooks: {start: echo started}\n`,
    });
    expect(await person.run(['up'], { cwd })).toMatchObject({ exitCode: 0 });
  });

  it('is plain text on stderr, and the result on stdout, where there is no terminal', async () => {
    const { stdout, stderr } = await person.run(['restart'], { cwd });
    expect(stdout).toMatch(/^shop is up \(.*\)\.\n$/);
    expect(stderr).toContain('run start hook');
    expect(stderr).toContain('| started\n');
    expect(stdout + stderr).not.toContain(escape);
  });

  it('is nothing at all with --progress quiet', async () => {
    const quiet = await person.run(['restart', '--progress', 'quiet'], { cwd });
    expect(quiet).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('is one event a line with --progress json, of every step from start to end', async () => {
    const { stderr } = await person.run(['restart', '--progress', 'json'], { cwd });
    const events = linesOf(stderr).map((line) => expectValid('events', line) as { type: string });
    const count = (type: string): number => events.filter((event) => event.type === type).length;
    expect(count('step-started')).toBe(3);
    expect(count('step-finished')).toBe(3);
    expect(stderr).toContain('started\\n');
  });

  it.each([
    ['never in a pipe', {}, false],
    ['in a pipe where FORCE_COLOR asks for them', { FORCE_COLOR: '1' }, true],
    ['never with NO_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('has colours %s', async (_title, env, expected) => {
    const { stderr } = await person.run(['nonsense'], { cwd, env });
    expect(colour.test(stderr)).toBe(expected);
  });

  it.each([
    ['with colours', {}, true],
    ['without them where NO_COLOR is set', { NO_COLOR: '1' }, false],
  ])('is drawn on a terminal %s', async (_title, more, expected) => {
    const folder = await person.project('terminal', { 'devenv.yaml': `image: ${image}\n` });
    const env = {
      PATH: process.env.PATH,
      HOME: join(person.user.home, 'terminal'),
      TERM: 'xterm-256color',
      DOCKER_HOST: person.engine.host,
      ...more,
    };
    // As root, since a pty cannot change its user.
    for (const command of [['up'], ['restart']]) {
      const pty = openPty(process.execPath, [program, ...command], { cwd: folder, env });
      expect(await pty.exited).toBe(0);
      expect(pty.output).toContain(escape);
      expect(colour.test(pty.output)).toBe(expected);
    }
  });
});

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
