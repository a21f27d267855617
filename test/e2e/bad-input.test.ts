import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWithEngine, testEngine } from '../support/engine.ts';
import { aPerson } from '../support/person.ts';
import type { Files } from '../support/temp-folder.ts';

const image = 'debian:bookworm-slim';

/** Milliseconds from the start of the process to its end, on a machine that does other things too. */
const atMost = 2_000;

/** Ten values, ten times each, and so on: 10^9 of them in a few lines. */
const bomb = Array.from({ length: 9 }, (_, level) =>
  level === 0
    ? 'a0: &a0 [0,0,0,0,0,0,0,0,0,0]'
    : `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join()}]`,
).join('\n');

interface Case {
  files: Files;
  /** All that has to be reported: `line:column`, and words of the message. */
  mistakes: [position: string, words: string][];
}

const cases: Record<string, Case> = {
  'syntax errors': {
    files: { 'devenv.yaml': `image: ${image}\nports: [3000\ntasks: {a: b}\n` },
    mistakes: [['3:1', 'not YAML']],
  },
  'unknown keys': {
    files: { 'devenv.yaml': `imge: ${image}\nhoks: {create: npm ci}\nports: [3000]\n` },
    mistakes: [
      ['1:1', 'Did you mean "image"?'],
      ['1:1', 'neither'],
      ['2:1', 'Did you mean "hooks"?'],
    ],
  },
  'wrong types': {
    files: { 'devenv.yaml': 'image: [debian]\nports: yes\nhooks: 3\nenvironment: text\n' },
    mistakes: [
      ['1:1', '"image" must be text, not a list'],
      ['2:8', '"ports" must be a list'],
      ['3:8', '"hooks" must be a map'],
      ['4:14', '"environment" must be'],
    ],
  },
  'an image and a build': {
    files: { 'devenv.yaml': `image: ${image}\nbuild: .\n`, Dockerfile: `FROM ${image}\n` },
    mistakes: [['2:1', 'contradict']],
  },
  'missing files': {
    files: { 'devenv.yaml': 'build:\n  dockerfile: Nowhere\nenv_file: .env.gone\n' },
    mistakes: [
      ['2:15', '"Nowhere" does not exist'],
      ['3:11', '".env.gone" does not exist'],
    ],
  },
  'bad ports': {
    files: {
      'devenv.yaml': `image: ${image}\nports: [70000, "a:b", "80:80/icmp", "80:90:100"]\n`,
    },
    mistakes: [
      ['2:9', '"70000" is no port'],
      ['2:16', '"a:b" is no port'],
      ['2:23', '"80:80/icmp" is no port'],
      ['2:37', '"80:90:100" is no port'],
    ],
  },
  'bad sizes': {
    files: { 'devenv.yaml': `image: ${image}\nmem_limit: 4 elephants\nshm_size: -1\ncpus: -2\n` },
    mistakes: [
      ['2:12', 'not a size'],
      ['3:11', 'not a size'],
      ['4:7', 'not a number of processors'],
    ],
  },
  'undefined variables': {
    files: {
      'devenv.yaml': `image: ${image}\nenvironment:\n  A: \${NOPE:?say what}\n  B: \${open\n  C: \${GONE}\n`,
    },
    mistakes: [
      ['3:6', 'NOPE is not set: say what'],
      ['4:6', 'closing }'],
      ['5:6', 'GONE is not set'],
    ],
  },
  'duplicate keys': {
    files: { 'devenv.yaml': `image: ${image}\nports: [1]\nports: [2]\nimage: ubuntu\n` },
    mistakes: [
      ['3:1', 'line 2 already'],
      ['4:1', 'line 1 already'],
    ],
  },
  'a bomb of anchors': {
    files: { 'devenv.yaml': `image: ${image}\n${bomb}\n` },
    mistakes: [['1:1', 'more than']],
  },
  'a nest of lists': {
    files: { 'devenv.yaml': `environment: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n` },
    mistakes: [['1:1', 'nested too deep']],
  },
  'a key named __proto__': {
    files: { 'devenv.yaml': `image: ${image}\n__proto__: {x: 1}\ntasks: {__proto__: ls}\n` },
    mistakes: [
      ['2:1', 'Unknown key: "__proto__"'],
      ['3:9', '"__proto__" in tasks'],
    ],
  },
  'another tool’s keys': {
    files: { 'devenv.yaml': 'inputs:\n  nixpkgs: {url: "github:NixOS/nixpkgs"}\n' },
    mistakes: [['1:1', 'another tool']],
  },
  'another tool’s file beside it': {
    files: { 'devenv.yaml': `image: ${image}\n`, 'devenv.nix': '{}' },
    mistakes: [['1:1', 'another tool']],
  },
  'nothing in it': {
    files: { 'devenv.yaml': '' },
    mistakes: [['1:1', 'empty']],
  },
};

describeWithEngine('a devenv file with mistakes', () => {
  const person = aPerson();

  /** `up` and `exec` say all of it at once, and nothing has come of them. */
  async function expectRefusal(folder: string, mistakes: Case['mistakes']): Promise<void> {
    const sent = person.engine.calls.length;
    for (const [args, exitCode] of [
      [['up'], 2],
      [['exec', '--', 'true'], 125],
    ] as const) {
      const started = performance.now();
      const result = await person.run([...args], { cwd: folder });
      expect(performance.now() - started).toBeLessThan(atMost);
      expect(result).toMatchObject({ exitCode, stdout: '' });
      const positions = result.stderr.matchAll(/^devenv\.yaml:(\d+:\d+): error: /gm);
      expect([...positions].map((match) => match[1])).toEqual(mistakes.map(([at]) => at));
      for (const [, words] of mistakes) expect(result.stderr).toContain(words);
      expect(result.stderr).toMatch(/^hint: .*same command again/m);
    }
    expect(person.engine.calls.slice(sent)).toEqual([]);
    expect(await thingsOf(folder)).toEqual([]);
    expect(await readdir(join(person.user.home, '.local')).catch(() => [])).toEqual([]);
  }

  it.each(Object.entries(cases))('is refused for %s', async (title, { files, mistakes }) => {
    const folder = await person.project(`mistake/${Object.keys(cases).indexOf(title)}`, files);
    await expectRefusal(folder, mistakes);
  });

  it('is refused when it is a folder', async () => {
    const folder = await person.project('folder', { 'devenv.yaml/file': '' });
    await expectRefusal(folder, [['1:1', 'is a folder']]);
  });

  it('is refused when it is a FIFO that nobody writes to', async () => {
    const folder = await person.project('fifo', {});
    await promisify(execFile)('mkfifo', ['-m', '666', join(folder, 'devenv.yaml')]);
    await expectRefusal(folder, [['1:1', 'is a FIFO']]);
  });

  it('is refused when it may not be read', async () => {
    const folder = await person.project('secret', { 'devenv.yaml': `image: ${image}\n` });
    await chmod(join(folder, 'devenv.yaml'), 0);
    await expectRefusal(folder, [['1:1', 'permission denied']]);
  });

  it('is refused when it has 50 MB', async () => {
    const folder = await person.project('huge', {});
    await writeFile(join(folder, 'devenv.yaml'), 'a: b\n'.repeat(10_000_000));
    await expectRefusal(folder, [['1:1', 'larger than']]);
  });

  it('is refused when it is not text, which does not reach the terminal', async () => {
    const folder = await person.project('binary', {});
    await writeFile(join(folder, 'devenv.yaml'), Buffer.from([0x1b, 0x5b, 0x32, 0x4a, 0xff, 0xfe]));
    await expectRefusal(folder, [['1:1', 'not text']]);
    const { stderr } = await person.run(['up'], { cwd: folder });
    expect(stderr).not.toContain('\u001b');
  });

  it('is refused as JSON where JSON was asked for', async () => {
    const folder = await person.project('json', { 'devenv.yaml': 'imge: x\nport: 3\n' });
    const { stdout, exitCode } = await person.run(['up', '--json'], { cwd: folder });
    const { error } = JSON.parse(stdout) as {
      error: { code: string; diagnostics: { file: string; range: { start: object } }[] };
    };
    expect([exitCode, error.code]).toEqual([2, 'config_invalid']);
    expect(error.diagnostics.map(({ file, range }) => [file, range.start])).toEqual([
      [join(folder, 'devenv.yaml'), { line: 1, column: 1 }],
      [join(folder, 'devenv.yaml'), { line: 1, column: 1 }],
      [join(folder, 'devenv.yaml'), { line: 2, column: 1 }],
    ]);
  });

  it('is refused for a bad file beside it, by that file’s name', async () => {
    const folder = await person.project('beside', {
      'devenv.yaml': `image: ${image}\nenv_file: [pipe, sub]\n`,
      'devenv.local.yaml': 'prots: [1]\n',
      'sub/file': '',
    });
    await promisify(execFile)('mkfifo', ['-m', '666', join(folder, 'pipe')]);
    const { stderr, exitCode } = await person.run(['up'], { cwd: folder });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('devenv.local.yaml:1:1: error: Unknown key: "prots"');
    expect(stderr).toContain('devenv.yaml:2:12: error: "pipe" is a FIFO');
    expect(stderr).toContain('devenv.yaml:2:18: error: "sub" is a folder');
    expect(await thingsOf(folder)).toEqual([]);
  });

  it('keeps nobody from what stands already, which can be entered, looked at and ended', async () => {
    const folder = await person.project('running', {
      'devenv.yaml': `name: odd\nimage: ${image}\nports: [3000]\nsecrets: {TOKEN: {file: token}}\n`,
      token: 'kept',
    });
    const run = (...args: string[]): ReturnType<typeof person.run> =>
      person.run(args, { cwd: folder });
    expect(await run('up')).toMatchObject({ exitCode: 0 });
    const before = await thingsOf(folder);
    await writeFile(join(folder, 'devenv.yaml'), 'image: [\n');

    for (const verb of ['up', 'restart', 'rebuild', 'build']) {
      const { exitCode, stderr } = await run(verb, '--yes');
      expect({ exitCode, stderr }, verb).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('devenv.yaml:2:') as unknown,
      });
    }
    expect(await thingsOf(folder)).toEqual(before);

    const session = await run('exec', '--', 'sh', '-c', 'echo $TOKEN');
    expect(session).toMatchObject({ exitCode: 0, stdout: 'kept\n' });
    expect(session.stderr).toMatch(/devenv\.yaml:2: .*It goes on as before\./);
    const { stdout } = await run('status');
    expect(stdout).toMatch(/^Workspace +odd .*\n[^]*^State +running/m);
    expect(stdout).toContain('"devenv up" would fail');
    expect((await run('ports')).stdout).toContain('3000/tcp');
    expect(await run('logs')).toMatchObject({ exitCode: 0 });

    expect(await run('stop')).toMatchObject({ exitCode: 0, stdout: 'odd is stopped.\n' });
    expect(await run('exec', '--', 'true')).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('devenv.yaml:2:') as unknown,
    });
    expect(await run('down', '--volumes', '--yes')).toMatchObject({ exitCode: 0 });
    expect(await thingsOf(folder)).toEqual([]);
  });
});

describeWithEngine('a place without a project', () => {
  const person = aPerson();

  it.each([
    ['no devenv file', ['up'], 'devenv init'],
    ['a folder that is not there', ['-C', 'gone', 'up'], 'no folder'],
    ['a file that is not there', ['-f', 'gone.yaml', 'up'], 'no file'],
    ['a workspace nobody has', ['-w', 'gone', 'up'], 'no workspace named gone'],
  ])('is refused: %s', async (_title, args, words) => {
    const folder = join(person.user.home, 'nothing');
    await mkdir(folder, { recursive: true });
    const result = await person.run(args, { cwd: folder });
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toContain(words);
    expect(result.stderr).toContain('hint: ');
  });
});

/** Everything the engine has of a project: containers, volumes, images, networks. */
async function thingsOf(folder: string): Promise<string[]> {
  const docker = testEngine();
  const label = [`devenv.root=${folder}`];
  const [containers, volumes, images] = await Promise.all([
    docker.listContainers(label),
    docker.listVolumes(label),
    docker.listImages(label),
  ]);
  return [
    ...containers.map(({ Id }) => Id),
    ...volumes.map(({ Name }) => Name),
    ...images.map(({ Id }) => Id),
  ];
}
