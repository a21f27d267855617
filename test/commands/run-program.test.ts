import { realpathSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../cli/src/commands/run-program.ts';
import { DevenvError } from '../../cli/src/errors.ts';
import { expectValid } from './output-schemas.ts';
import { devenv, surroundings } from './program.ts';

let folder: string;

beforeEach(async () => {
  folder = realpathSync(await mkdtemp(join(tmpdir(), 'devenv-program-')));
});
afterEach(() => rm(folder, { recursive: true }));

function devenvYaml(text: string): Promise<void> {
  return writeFile(join(folder, 'devenv.yaml'), text);
}

describe('the program', () => {
  it('prints help on stdout and exits with 0', async () => {
    const { exitCode, stdout, stderr } = await devenv(folder, '--help');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Usage: devenv /);
  });

  it('says a mistake on the command line on stderr and exits with 2', async () => {
    expect(await devenv(folder, 'upp')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: "devenv: Unknown command 'upp'.\nhint: Did you mean up?\n",
    });
  });

  it('says which command help was asked for in vain, and exits with 2', async () => {
    expect(await devenv(folder, 'help', 'nope')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'devenv: Unknown command \'nope\'.\nhint: See "devenv --help".\n',
    });
  });

  it.each([
    [['up', '--nope'], 2],
    [['exec', '--nope'], 125],
    [['up'], 3],
    [['exec', 'true'], 125],
    [['shell'], 125],
    [['ls'], 3],
  ])('without an engine, %j exits with %i', async (argv, expected) => {
    await devenvYaml('image: debian:bookworm-slim\n');
    const { exitCode, stdout, stderr } = await devenv(folder, ...argv);
    expect(exitCode).toBe(expected);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^devenv: .*\nhint: /s);
  });

  it.each([
    [['up'], 2],
    [['plan'], 2],
    [['config'], 2],
    [['config', 'check'], 2],
    [['run'], 125],
    [['exec', 'true'], 125],
  ])('with mistakes in devenv.yaml, %j exits with %i and shows each', async (argv, expected) => {
    await devenvYaml('image: debian\nportz: [3000]\nuser: []\n');
    const { exitCode, stdout, stderr } = await devenv(folder, ...argv);
    expect(exitCode).toBe(expected);
    const text = stdout + stderr;
    expect(text).toContain('devenv.yaml:2:1: error: ');
    expect(text).toContain('  2 | portz: [3000]\n    | ^^^^^\n');
    expect(text).toContain('devenv.yaml:3:');
  });

  it.each<[string[], Record<string, string>, string]>([
    [['devenv.yaml'], { 'devenv.yaml': 'portz: []\n' }, 'There are mistakes in DIR/devenv.yaml.'],
    [
      ['your settings'],
      { '.config/devenv/config.yaml': 'imge: x\n' },
      'There are mistakes in DIR/.config/devenv/config.yaml.',
    ],
    [
      ['devenv.local.yaml and your settings'],
      { 'devenv.local.yaml': 'portz: []\n', '.config/devenv/config.yaml': 'imge: x\n' },
      'There are mistakes in DIR/devenv.local.yaml and DIR/.config/devenv/config.yaml.',
    ],
  ])('with mistakes in %s says so', async (_where, files, message) => {
    await devenvYaml('image: debian\n');
    await mkdir(join(folder, '.config/devenv'), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    for (const command of [['up'], ['config']]) {
      const { exitCode, stderr } = await devenv(folder, ...command);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`\ndevenv: ${message.replaceAll('DIR', folder)}\nhint: `);
    }
  });

  it('looks for the project from -C and from -f, relative to the current folder', async () => {
    await writeFile(join(folder, 'other.yaml'), 'image: alpine\ntasks: {other: ls}\n');
    const elsewhere = await mkdtemp(join(folder, 'sub-'));
    const { stdout } = await devenv(elsewhere, '-C', '..', 'run', '-f', 'other.yaml', '--json');
    expect(JSON.parse(stdout)).toEqual({ tasks: [{ name: 'other', command: 'ls' }] });
  });

  it('takes a failure of its own current folder for what it is', async () => {
    const outside = surroundings(folder);
    Object.defineProperty(outside, 'cwd', {
      get: () => {
        throw new DevenvError('project_not_found', 'The folder you are in is gone.');
      },
    });
    expect(await runProgram(['config'], outside)).toBe(2);
    expect(outside.stderr.text).toBe('devenv: The folder you are in is gone.\n');
    expect(await runProgram(['--version'], outside)).toBe(0);
  });

  it('ends quietly when the reader of its output has gone', async () => {
    const outside = surroundings(folder);
    outside.stdout.destroy();
    expect(await runProgram(['--help'], outside)).toBe(0);
  });
});

describe('--json', () => {
  it('prints a failure on stdout, and nothing on stderr', async () => {
    await devenvYaml('image: debian\nportz: [3000]\n');
    const { exitCode, stdout, stderr } = await devenv(folder, 'up', '--json');
    expect([exitCode, stderr]).toEqual([2, '']);
    expect(expectValid('error', stdout)).toMatchObject({
      error: {
        code: 'config_invalid',
        diagnostics: [{ file: join(folder, 'devenv.yaml'), range: { start: { line: 2 } } }],
      },
    });
  });

  it('prints a mistake on the command line as JSON too', async () => {
    const { exitCode, stdout } = await devenv(folder, '--json', 'up', '--nope');
    expect(exitCode).toBe(2);
    expect(expectValid('error', stdout)).toMatchObject({ error: { code: 'usage' } });
  });

  it('behind -- belongs to the command that is run', async () => {
    const { stdout } = await devenv(folder, 'exec', '--nope', '--', 'x', '--json');
    expect(stdout).toBe('');
  });

  it('with --progress json: the failure is the last line on stderr', async () => {
    const { stderr } = await devenv(folder, 'ls', '--progress', 'json');
    const lines = stderr.trimEnd().split('\n');
    const last = expectValid('events', lines.at(-1) ?? '');
    expect(last).toMatchObject({ type: 'failed', error: { code: 'engine_unreachable' } });
  });
});

describe('config', () => {
  const everything = `
image: debian:bookworm-slim
user: root
shell: /bin/sh
init: image
workspace: /srv/x
home: none
caches: [node_modules, ~/.npm]
volumes: ["./f:/data:ro", "named:/named"]
environment: {A: b}
secrets: {T: {environment: T}, F: {file: ./f}}
ports: [3000, "8080:80", "5353:53/udp"]
cpus: 1.5
mem_limit: 1g
shm_size: 64m
pids_limit: 100
cap_add: [SYS_PTRACE]
devices: ["/dev/null"]
gpus: all
sysctls: {net.core.somaxconn: 1}
ulimits: {nofile: 10}
extra_hosts: ["a:1.2.3.4"]
dns: [1.1.1.1]
hooks: {create: ls, start: [ls, -l], attach: {a: ls, b: [pwd]}}
tasks: {test: npm test}
watch: [{path: a, run: ls}, {path: b, action: rebuild}]
idle_stop: 2h
`;

  it.each([
    ['everything', everything],
    ['little', 'image: debian\n'],
    ['a build', 'build: {context: ., dockerfile: Dockerfile, target: dev, args: {A: b}}\n'],
  ])('of a file that says %s is valid JSON of its schema', async (_what, text) => {
    await devenvYaml(text);
    await writeFile(join(folder, 'Dockerfile'), 'FROM debian AS dev\n');
    await writeFile(join(folder, 'f'), 'secret');
    await writeFile(join(folder, 'devenv.local.yaml'), 'secrets: {C: {command: [echo, x]}}\n');
    const { exitCode, stdout, stderr } = await devenv(folder, 'config', '--json');
    await rm(join(folder, 'devenv.local.yaml'));
    expect([exitCode, stderr]).toEqual([0, '']);
    expectValid('config', stdout);
  });

  it('prints YAML for people', async () => {
    await devenvYaml('image: debian\ntasks: {t: ls}\n');
    const { stdout } = await devenv(folder, 'config');
    expect(stdout).toContain('image:\n  kind: image\n  reference: debian\n');
    expect(stdout).toContain('tasks:\n  t:\n    kind: shell\n    script: ls\n');
  });

  it('check says that all is well, or everything that is not', async () => {
    await devenvYaml('image: debian\n');
    const file = join(folder, 'devenv.yaml');
    expect(await devenv(folder, 'config', 'check')).toEqual({
      exitCode: 0,
      stdout: `${file} is fine.\n`,
      stderr: '',
    });
    const good = await devenv(folder, 'config', 'check', '--json');
    expect(expectValid('config-check', good.stdout)).toEqual({
      valid: true,
      file,
      diagnostics: [],
    });
    await devenvYaml('image: debian\nportz: []\nuser: []\n');
    const bad = await devenv(folder, 'config', 'check', '--json');
    expect(bad.exitCode).toBe(2);
    const { valid, diagnostics } = expectValid('config-check', bad.stdout) as {
      valid: boolean;
      diagnostics: object[];
    };
    expect([valid, diagnostics.length]).toEqual([false, 2]);
  });
});

describe('engine status', () => {
  it('says which engine answers and how devenv’s own does, in two columns', async () => {
    const outside = surroundings(folder);
    outside.environment.DEVENV_ENGINE_FOLDER = join(folder, 'engine');
    expect(await runProgram(['engine', 'status'], outside)).toBe(3);
    const lines = outside.stdout.text.trimEnd().split('\n');
    expect(lines.at(0)).toMatch(/^Engine {6}\S/);
    expect(lines.at(-1)).toBe('Own engine  does not run');
  });
});

describe('run', () => {
  const tasks = 'image: debian\ntasks: {test: npm test, all: {a: ls, b: [pwd]}, argv: [ls, -l]}\n';

  it('without a task lists them', async () => {
    await devenvYaml(tasks);
    const { exitCode, stdout } = await devenv(folder, 'run');
    expect(exitCode).toBe(0);
    expect(stdout).toBe('TASK  COMMAND\ntest  npm test\nall   a & b\nargv  ls -l\n');
    const { stdout: json } = await devenv(folder, 'run', '--json');
    expect(expectValid('run', json)).toMatchObject({ tasks: [{ name: 'test' }, {}, {}] });
  });

  it('offers its names to completion, and nothing where there is no valid file', async () => {
    await devenvYaml(tasks);
    expect((await devenv(folder, '__complete', 'task')).stdout).toBe('test\nall\nargv\n');
    const nothing = { exitCode: 0, stdout: '', stderr: '' };
    await devenvYaml('tasks: [');
    expect(await devenv(folder, '__complete', 'task')).toEqual(nothing);
    expect(await devenv(folder, '__complete', 'workspace')).toEqual(nothing);
  });
});

describe('init', () => {
  it('writes a file that is valid as it stands', async () => {
    await writeFile(join(folder, 'package.json'), '{"scripts": {"test": "vitest"}}');
    const { exitCode, stdout } = await devenv(folder, 'init');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Wrote ${folder}/devenv.yaml.`);
    expect(stdout).toContain('.gitignore');
    expect(await readFile(join(folder, 'devenv.yaml'), 'utf8')).toContain('npm');
    expect((await devenv(folder, 'config', 'check')).exitCode).toBe(0);
  });

  it('never overwrites a file', async () => {
    await devenvYaml('image: mine\n');
    const { exitCode, stderr } = await devenv(folder, 'init', '--yes');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('devenv.yaml exists already');
    expect(await readFile(join(folder, 'devenv.yaml'), 'utf8')).toBe('image: mine\n');
    await writeFile(join(folder, 'ci.yaml'), 'image: mine\n');
    expect((await devenv(folder, 'init', '-f', 'ci.yaml')).exitCode).toBe(2);
    expect(await readFile(join(folder, 'ci.yaml'), 'utf8')).toBe('image: mine\n');
  });

  it.each(['devenv.yml', 'devenv.nix'])('leaves a folder with %s alone', async (name) => {
    await writeFile(join(folder, name), '');
    const { exitCode, stderr } = await devenv(folder, 'init');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(name);
    await expect(readFile(join(folder, 'devenv.yaml'))).rejects.toThrow('ENOENT');
  });

  it('says nothing of .gitignore where devenv.local.yaml is in it', async () => {
    await writeFile(join(folder, '.gitignore'), 'node_modules\n/devenv.local.yaml\n');
    expect((await devenv(folder, 'init')).stdout).not.toContain('.gitignore');
  });

  it('with --dry-run prints the file instead', async () => {
    const { stdout } = await devenv(folder, 'init', '--dry-run');
    expect(stdout).toContain('\nimage: ');
    await expect(readFile(join(folder, 'devenv.yaml'))).rejects.toThrow('ENOENT');
    const { stdout: json } = await devenv(folder, 'init', '-f', 'ci.yaml', '--json');
    expect(expectValid('init', json)).toMatchObject({ file: `${folder}/ci.yaml`, written: true });
  });
});
