import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isUnchanged } from '../../../cli/src/engine/load/host-files.ts';
import { cpuTime } from '../../config/cpu-time.ts';
import { load, type Loaded, type LoadOptions } from '../../../cli/src/engine/load/load.ts';

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'devenv-load-')));
  chmodSync(root, 0o755);
});

afterEach(() => rmSync(root, { recursive: true }));

/** Writes a file below the test's folder and gives its path. */
function write(name: string, text: string): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Loads from the test's folder, or one below it, with a home that has no settings. */
function loadFrom(options: Partial<LoadOptions> = {}): Promise<Loaded> {
  return load({ cwd: root, home: join(root, 'home'), environment: {}, ...options });
}

function problems({ diagnostics }: Loaded): string[] {
  return diagnostics.map(
    ({ file, range, code, message }) =>
      `${basename(file)}:${range.start.line}:${range.start.column} ${code} ${message}`,
  );
}

describe('the project', () => {
  it('is found from any folder below it', async () => {
    const file = write('devenv.yaml', 'image: x');
    mkdirSync(join(root, 'a/b'), { recursive: true });
    const { project, config } = await loadFrom({ cwd: join(root, 'a/b') });
    expect(project).toEqual({ root, file, name: basename(root), environment: '' });
    expect(config?.workspace).toBe(root);
  });

  it('is the nearest one', async () => {
    write('devenv.yaml', 'image: outer');
    write('inner/devenv.yml', 'image: inner');
    const { project } = await loadFrom({ cwd: join(root, 'inner') });
    expect(project.file).toBe(join(root, 'inner/devenv.yml'));
  });

  it('has the same root through a symbolic link', async () => {
    write('real/devenv.yaml', 'image: x');
    symlinkSync(join(root, 'real'), join(root, 'link'));
    expect((await loadFrom({ cwd: join(root, 'link') })).project.root).toBe(join(root, 'real'));
    expect((await loadFrom({ file: 'link/devenv.yaml' })).project.root).toBe(join(root, 'real'));
  });

  it('is looked for from another folder with -C', async () => {
    write('other/devenv.yaml', 'name: other\nimage: x');
    const { project } = await loadFrom({ directory: 'other' });
    expect(project).toMatchObject({ root: join(root, 'other'), name: 'other' });
  });

  it.each([
    ['devenv.yaml', ''],
    ['devenv.test.yaml', 'test'],
    ['devenv.Long Name.yml', 'long-name'],
    ['ci.yaml', 'ci'],
    ['+.yaml', 'other'],
  ])('has with -f %s the environment %j', async (name, environment) => {
    write(name, 'image: x');
    expect((await loadFrom({ file: name })).project.environment).toBe(environment);
  });

  it('is refused with a hint where there is none', async () => {
    await expect(loadFrom()).rejects.toMatchObject({
      code: 'project_not_found',
      message: `There is no devenv.yaml in ${root} or a folder above it.`,
      hint: expect.stringContaining('devenv init') as string,
    });
  });

  it('is refused where the file or folder named does not exist', async () => {
    await expect(loadFrom({ file: 'gone.yaml' })).rejects.toMatchObject({
      code: 'project_not_found',
      message: `There is no file ${join(root, 'gone.yaml')}.`,
    });
    await expect(loadFrom({ directory: 'gone' })).rejects.toMatchObject({
      code: 'project_not_found',
      message: `There is no folder ${join(root, 'gone')}.`,
    });
  });

  it('is not the overlay itself', async () => {
    write('devenv.local.yaml', 'image: x');
    await expect(loadFrom({ file: 'devenv.local.yaml' })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe("the person's default image", () => {
  const settings = (text: string): string => write('home/.config/devenv/config.yaml', text);

  it('is used where there is no devenv file, with a word on it', async () => {
    settings('image: debian:bookworm\nshell: /bin/zsh');
    const loaded = await loadFrom();
    expect(loaded.project).toMatchObject({ root, file: undefined });
    expect(loaded.config).toMatchObject({
      image: { kind: 'image', reference: 'debian:bookworm' },
      shell: '/bin/zsh',
    });
    expect(problems(loaded)).toEqual([
      'config.yaml:1:1 default-image No devenv.yaml here or above: using your default image "debian:bookworm".',
    ]);
  });

  it('is used by a devenv file that names none', async () => {
    settings('image: debian:bookworm');
    write('devenv.yaml', 'ports: [80]');
    const { config } = await loadFrom();
    expect(config?.image).toEqual({ kind: 'image', reference: 'debian:bookworm' });
  });

  it('is not guessed from settings with mistakes', async () => {
    settings('imge: debian:bookworm');
    const loaded = await loadFrom();
    expect(loaded.config).toBeUndefined();
    expect(problems(loaded)).toEqual(['config.yaml:1:1 unknown-key Unknown key: "imge"']);
  });

  it('does not hide mistakes in the other settings', async () => {
    settings('image: debian:bookworm\nshel: /bin/zsh');
    write('devenv.yaml', 'image: x');
    const loaded = await loadFrom();
    expect(loaded.config).toBeUndefined();
    expect(problems(loaded)).toEqual(['config.yaml:2:1 unknown-key Unknown key: "shel"']);
  });

  it('is found in XDG_CONFIG_HOME', async () => {
    write('xdg/devenv/config.yaml', 'image: debian:sid\nengine: tcp://host:1');
    const loaded = await loadFrom({ environment: { XDG_CONFIG_HOME: join(root, 'xdg') } });
    expect(loaded.config?.image).toMatchObject({ reference: 'debian:sid' });
    expect(loaded.settings.engine).toBe('tcp://host:1');
  });
});

describe('a file that is none', () => {
  const file = (): string => join(root, 'devenv.yaml');

  /** Everything that is wrong, which has to be found out within a second of work. */
  async function refused(): Promise<string[]> {
    expect(await cpuTime(loadFrom)).toBeLessThan(1000);
    const loaded = await loadFrom();
    expect(loaded.config).toBeUndefined();
    return problems(loaded);
  }

  it('may be a folder', async () => {
    mkdirSync(file());
    expect(await refused()).toEqual([
      'devenv.yaml:1:1 not-a-file The file is a folder, not a file.',
    ]);
  });

  it('may be a FIFO that nobody writes to', async () => {
    execFileSync('mkfifo', [file()]);
    expect(await refused()).toEqual(['devenv.yaml:1:1 not-a-file The file is a FIFO, not a file.']);
  });

  it('may be a device', async () => {
    symlinkSync('/dev/zero', file());
    expect(await refused()).toEqual([
      'devenv.yaml:1:1 not-a-file The file is a device or socket, not a file.',
    ]);
  });

  it('may be a link to nowhere, or to itself', async () => {
    symlinkSync('gone', file());
    expect(await refused()).toEqual(['devenv.yaml:1:1 missing-file The file does not exist.']);
    rmSync(file());
    symlinkSync('devenv.yaml', file());
    expect(await refused()).toEqual([
      'devenv.yaml:1:1 missing-file The file is a link that leads to itself.',
    ]);
  });

  it('may have 50 MB', async () => {
    write('devenv.yaml', 'image: x\n');
    truncateSync(file(), 50_000_000);
    expect(await refused()).toEqual(['devenv.yaml:1:1 too-big The file is larger than 64 KiB.']);
  });

  it('may be no text', async () => {
    writeFileSync(file(), Buffer.from([0x69, 0xff, 0xfe, 0x00]));
    expect(await refused()).toEqual(['devenv.yaml:1:1 not-text The file is not text in UTF-8.']);
  });

  it('may be unreadable', async () => {
    write('devenv.yaml', 'image: x');
    chmodSync(file(), 0);
    expect(await asOrdinaryUser(refused)).toEqual([
      'devenv.yaml:1:1 unreadable The file may not be read by you: permission denied.',
    ]);
  });

  it('may be hidden in a folder that cannot be looked into', async () => {
    write('closed/inner/devenv.yaml', 'image: x');
    chmodSync(join(root, 'closed'), 0o600);
    await expect(asOrdinaryUser(() => loadFrom({ directory: 'closed' }))).rejects.toMatchObject({
      code: 'project_not_found',
      details: [`${join(root, 'closed')} may not be looked into by you.`],
    });
    const within = asOrdinaryUser(() => loadFrom({ directory: 'closed/inner' }));
    await expect(within).rejects.toMatchObject({
      code: 'project_not_found',
      message: `The folder ${join(root, 'closed/inner')} may not be looked into by you.`,
    });
  });

  it('may be an env file or overlay', async () => {
    write('devenv.yaml', 'image: x\nenv_file: fifo\n');
    execFileSync('mkfifo', [join(root, 'fifo')]);
    mkdirSync(join(root, 'devenv.local.yaml'));
    expect(await refused()).toEqual([
      'devenv.yaml:2:11 not-a-file "fifo" is a FIFO, not a file.',
      'devenv.local.yaml:1:1 not-a-file The file is a folder, not a file.',
    ]);
  });
});

/** Root may read everything, so the work is done as nobody. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('what lies beside the file', () => {
  it('is merged, substituted and read', async () => {
    write('devenv.yaml', 'image: x:${TAG}\nenv_file: a.env\nvolumes: ["./data:/data"]');
    write('devenv.local.yaml', 'user: ${WHO}');
    write('.env', 'TAG=1\nWHO=root');
    write('a.env', 'A=${B:-b}');
    mkdirSync(join(root, 'data'));
    const { config, diagnostics } = await loadFrom({ environment: { TAG: '2' } });
    expect(diagnostics).toEqual([]);
    expect(config).toMatchObject({
      image: { reference: 'x:2' },
      user: 'root',
      environment: { A: 'b' },
      mounts: [{ source: join(root, 'data') }],
    });
  });

  it('may be a Python environment called .env', async () => {
    write('devenv.yaml', 'image: x:${TAG:-1}');
    mkdirSync(join(root, '.env'));
    expect((await loadFrom()).diagnostics).toEqual([]);
  });

  it('belongs to its own environment', async () => {
    write('devenv.yaml', 'image: x');
    write('devenv.test.yaml', 'image: x');
    write('devenv.local.yaml', 'user: root');
    write('devenv.test.local.yaml', 'user: node');
    expect((await loadFrom()).config?.user).toBe('root');
    expect((await loadFrom({ file: 'devenv.test.yaml' })).config?.user).toBe('node');
  });

  it('may show that another tool owns the file', async () => {
    write('devenv.yaml', 'imports: []');
    write('devenv.nix', '{}');
    expect(problems(await loadFrom())).toEqual([
      'devenv.yaml:1:1 other-tool This file belongs to another tool of the same name (devenv.sh, for Nix): a devenv.nix lies beside it.',
    ]);
    write('mine.yaml', 'image: x');
    expect((await loadFrom({ file: 'mine.yaml' })).config?.image).toMatchObject({ reference: 'x' });
  });
});

describe('what the outcome depends on', () => {
  const content = 'image: x:${TAG:-1}\nenv_file: a.env\nbuild-: 1\nvolumes: ["./data:/data"]';

  it('is named', async () => {
    write('devenv.yaml', content);
    const { consulted } = await loadFrom({ environment: { TAG: '2' } });
    expect(consulted.variables).toEqual(['TAG']);
    expect(consulted.files).toEqual(
      expect.arrayContaining([
        join(root, 'devenv.yaml'),
        join(root, 'devenv.local.yaml'),
        join(root, 'home/.config/devenv/config.yaml'),
        join(root, 'a.env'),
        join(root, 'data'),
      ]),
    );
  });

  it.each([
    ['the file is edited', () => write('devenv.yaml', 'image: y')],
    ['the file is touched', () => utimesSync(join(root, 'devenv.yaml'), 1, 1)],
    ['an overlay appears', () => write('devenv.local.yaml', '')],
    ['settings appear', () => write('home/.config/devenv/config.yaml', '')],
    ['an env file appears', () => write('a.env', '')],
    ['a folder to mount appears', () => mkdirSync(join(root, 'data'))],
    ['.env appears, which was looked for', () => write('.env', '')],
    ['a nearer devenv.yaml appears', () => write('sub/devenv.yaml', 'image: z')],
  ])('changes when %s', async (_title, change) => {
    write('devenv.yaml', content);
    mkdirSync(join(root, 'sub'));
    const { sources } = await loadFrom({ cwd: join(root, 'sub') });
    expect(sources.filter((source) => !isUnchanged(source))).toEqual([]);
    change();
    expect(sources.filter((source) => !isUnchanged(source))).toHaveLength(1);
  });
});
