import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { places } from '../../../cli/src/login/install/places.ts';
import { wrapperText } from '../../../cli/src/login/install/wrapper-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'devenv-wrapper-'));
const wrapper = join(folder, 'devenv-shell');
const sudo = join(folder, 'sudo');
const foreign = join(folder, 'foreign');

// It says what it is given, NUL between the parts: the arguments, then the command.
writeFileSync(
  sudo,
  `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs');
const name = Buffer.from('\\0SSH_ORIGINAL_COMMAND=');
const all = Buffer.concat([Buffer.from([0]), readFileSync('/proc/self/environ')]);
const at = all.indexOf(name);
const value = at < 0 ? Buffer.from('(none)') : all.subarray(at + name.length, all.indexOf(0, at + 1));
writeFileSync(${JSON.stringify(join(folder, 'said'))}, Buffer.concat([Buffer.from(JSON.stringify(process.argv.slice(2)) + '\\0'), value]));
process.exit(7);
`,
  { mode: 0o755 },
);
writeFileSync(wrapper, wrapperText().replace('/usr/bin/sudo', sudo), { mode: 0o755 });
writeFileSync(join(folder, 'startup'), `: > ${foreign}\n`);

beforeEach(() => rmSync(foreign, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

/** How the kernel would run the script, with each shell that may be /bin/sh. */
const shells = (['dash', 'bash'] as const).flatMap((shell) => {
  const found = spawnSync('/bin/sh', ['-c', `command -v ${shell}`], { encoding: 'utf8' });
  if (found.status !== 0) return [];
  mkdirSync(join(folder, shell));
  const sh = join(folder, shell, 'sh');
  symlinkSync(found.stdout.trim(), sh);
  return [{ shell, sh }];
});

interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
  /** What sudo was given; undefined when it was not called. */
  argv?: string[];
  /** SSH_ORIGINAL_COMMAND as sudo got it. */
  command?: Buffer;
}

function login(sh: string, args: string[], env: Record<string, string> = {}): Outcome {
  return outcome(spawnSync(sh, ['-p', wrapper, ...args], { cwd: folder, env, encoding: 'utf8' }));
}

/** `-c` with any bytes, which node cannot pass itself: printf makes them of their octal escapes. */
function loginWithBytes(sh: string, bytes: Buffer): Outcome {
  const octal = [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  // The final x keeps newlines at the end.
  const script = `c=$(printf '${octal}x'; ); exec "$0" -p "$1" -c "\${c%x}"`;
  const env = { LC_ALL: 'C' };
  return outcome(spawnSync('bash', ['-c', script, sh, wrapper], { env, encoding: 'utf8' }));
}

function outcome({ status, stdout, stderr }: ReturnType<typeof spawnSync>): Outcome {
  const result = { status, stdout: String(stdout), stderr: String(stderr) };
  try {
    const said = readFileSync(join(folder, 'said'));
    const end = said.indexOf(0);
    const argv = JSON.parse(said.subarray(0, end).toString()) as string[];
    return { ...result, argv, command: said.subarray(end + 1) };
  } catch {
    return result;
  } finally {
    rmSync(join(folder, 'said'), { force: true });
  }
}

describe.each(shells)('the login shell, run by $shell', ({ sh }) => {
  it.each<[string, string[], Record<string, string>, string]>([
    ['no arguments', [], {}, '(none)'],
    ['-l', ['-l'], {}, '(none)'],
    ['-i', ['-i'], {}, '(none)'],
    ['ForceCommand without a command', ['-c', places.shell], {}, '(none)'],
    ['ForceCommand', ['-c', places.shell], { SSH_ORIGINAL_COMMAND: 'ls -l' }, 'ls -l'],
    ['a variable that the client sent', [], { SSH_ORIGINAL_COMMAND: 'ls' }, 'ls'],
    ['-c and a variable the client sent', ['-c', 'id'], { SSH_ORIGINAL_COMMAND: 'ls' }, 'id'],
    ['an empty command', ['-c', ''], {}, ''],
    ['its own path with an argument', ['-c', `${places.shell} x`], {}, `${places.shell} x`],
    ['its own name', ['-c', 'devenv-shell'], {}, 'devenv-shell'],
  ])('with %s becomes sudo and the broker', (_what, args, env, command) => {
    const { status, stdout, stderr, argv, ...rest } = login(sh, args, env);
    expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: '', stderr: '' });
    expect(argv).toEqual(['-n', places.broker]);
    expect(rest.command?.toString()).toBe(command);
  });

  it.each([
    ['newlines', 'a\nb\n\n'],
    ['quotes', `'"\`'"`],
    ['expansions', '$(id) `id` ${HOME} $PATH $((1)) ~ !!'],
    ['backslashes', '\\ \\\\ \\n \\0'],
    ['globs', '* ? [a-z] {a,b} /*/*'],
    ['a leading dash', '-c id'],
    ['two leading dashes', '--'],
    ['operators', '; id & id | id > x < y && id || id #'],
    ['white space', ' \t\r\v\f '],
    ['a function', '() { :; }; id'],
    ['an assignment', 'SSH_ORIGINAL_COMMAND=x'],
    ['letters of the world', 'é 漢 🐚 \u202e'],
    ['120 kB', 'x'.repeat(120_000)],
  ])('passes a command with %s on byte for byte', (_what, command) => {
    const given = login(sh, ['-c', command]);
    expect(given.stderr).toBe('');
    expect(given.command?.toString()).toBe(command);
    expect(given.argv).toEqual(['-n', places.broker]);
  });

  it('passes every byte but NUL on', () => {
    const bytes = Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1));
    for (const some of [bytes, bytes.toReversed(), bytes.subarray(127, 160)]) {
      expect(loginWithBytes(sh, Buffer.from(some)).command).toEqual(Buffer.from(some));
    }
  });

  it('passes any command on', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(
        text.filter((each) => !each.includes('\0') && each !== places.shell),
        (command) => {
          const given = login(sh, ['-c', command]);
          expect(given.command?.equals(Buffer.from(command))).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });

  it.each([
    [['-x']],
    [['id']],
    [['-c']],
    [['-c', 'id', 'x']],
    [['-c', places.shell, 'x']],
    [['-l', '-c', 'id']],
    [['']],
    [['-l\n-c']],
    [['-l | 0,']],
    [['--', '-c', 'id']],
    [['--rcfile', '/etc/passwd']],
  ])('refuses the arguments %j', (args) => {
    const { status, stdout, stderr, argv } = login(sh, args);
    expect({ status, stdout, argv }).toEqual({ status: 2, stdout: '', argv: undefined });
    expect(stderr).toBe('devenv-shell: takes nothing but -c COMMAND\n');
  });

  it('runs nothing that the environment names', () => {
    const startup = join(folder, 'startup');
    const own = `() { : > ${foreign}; }`;
    const functions = ['exec', 'export', 'echo', 'exit', 'case', '[', 'test', ':', 'command'].map(
      (name) => [`BASH_FUNC_${name}%%`, own],
    );
    const env = {
      ENV: startup,
      BASH_ENV: startup,
      SHELLOPTS: 'xtrace:allexport:verbose',
      BASHOPTS: 'expand_aliases',
      PS4: `$(: > ${foreign})`,
      PATH: folder,
      IFS: 'c-/',
      CDPATH: folder,
      HOME: folder,
      POSIXLY_CORRECT: '1',
      ...(Object.fromEntries(functions) as Record<string, string>),
    };
    for (const args of [[], ['-l'], ['-i'], ['-c', 'a-c/d e'], ['wrong']]) {
      const { stdout, argv } = login(sh, args, env);
      expect(stdout).toBe('');
      if (args[0] !== 'wrong') expect(argv).toEqual(['-n', places.broker]);
      expect(() => readFileSync(foreign), args.join(' ')).toThrow('ENOENT');
    }
    expect(login(sh, ['-c', 'a-c/d e'], env).command?.toString()).toBe('a-c/d e');
  });

  it('without sudo fails, and starts nothing else', () => {
    const without = join(folder, 'without');
    writeFileSync(without, wrapperText().replace('/usr/bin/sudo', '/nonexistent/sudo'));
    const { status, stdout } = spawnSync(sh, ['-p', without, '-c', 'echo no'], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBeGreaterThan(0);
  });
});

describe('the login shell', () => {
  it('where people have engines of their own, is the same without sudo', () => {
    const shared = wrapperText();
    expect(wrapperText({ own: true })).toBe(shared.replace('/usr/bin/sudo -n ', ''));
    expect(wrapperText({ own: true })).not.toContain('sudo');
  });

  it('run as a program, as sshd does, is the same', () => {
    const { status, stderr } = spawnSync(wrapper, ['-c', 'id'], { argv0: '-devenv-shell' });
    expect({ status, stderr: String(stderr) }).toEqual({ status: 7, stderr: '' });
    const said = readFileSync(join(folder, 'said'), 'utf8');
    expect(said).toBe(`["-n","${places.broker}"]\0id`);
  });
});
