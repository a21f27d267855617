import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bashCompletion } from '../../cli/src/commands/completion/bash.ts';
import { fishCompletion } from '../../cli/src/commands/completion/fish.ts';
import { zshCompletion } from '../../cli/src/commands/completion/zsh.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'devenv-completion-'));
  mkdirSync(join(folder, 'project/sub folder'), { recursive: true });
  writeFileSync(join(folder, 'project/other.yaml'), '');
  // The names that only devenv itself knows; it also says how it was called.
  writeFileSync(
    join(folder, 'devenv'),
    `#!/bin/sh\necho "$*" >> '${folder}/calls'\ncase "$*" in *task) printf 'test:unit\\ntest:all\\nlint\\n' ;; *workspace) echo shop ;; esac\n`,
  );
  chmodSync(join(folder, 'devenv'), 0o755);
  writeFileSync(join(folder, 'completion.bash'), bashCompletion());
  writeFileSync(join(folder, 'completion.fish'), fishCompletion());
  writeFileSync(join(folder, 'completion.zsh'), zshCompletion());
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Answer {
  offered: string[];
  stderr: string;
}

function run(shell: string, args: string[]): Answer {
  const { stdout, stderr, error } = spawnSync(shell, args, {
    cwd: join(folder, 'project'),
    env: { PATH: `${folder}:${process.env.PATH}`, HOME: folder, FOLDER: folder },
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return { offered: stdout.split('\n').filter((line) => line !== ''), stderr };
}

/** What bash offers for the last of these words, cut as bash cuts them. */
function completeInBash(words: string[]): string[] {
  const script =
    'source "$FOLDER/completion.bash"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); ' +
    '_devenv; printf "%s\\n" "${COMPREPLY[@]}"';
  const { offered, stderr } = run('bash', ['--norc', '-uc', script, 'bash', ...words]);
  expect(stderr).toBe('');
  return offered.sort();
}

/** describe() for what needs a shell; where that is not installed, the title says so. */
function describeIn(shell: string, suite: () => void): void {
  const title = `completion in ${shell}`;
  if (spawnSync(shell, ['--version']).error === undefined) describe(title, suite);
  else describe.skip(`${title} (skipped: ${shell} is not installed)`, suite);
}

describe('completion in bash', () => {
  it.each<[string, string[], string[]]>([
    ['a command', ['devenv', 'sta'], ['status']],
    ['a family of commands', ['devenv', 'eng'], ['engine']],
    ['a command of a family', ['devenv', 'engine', 'st'], ['start', 'status', 'stop']],
    ['a command after global options', ['devenv', '-C', '/', '--json', 'dow'], ['down']],
    ['an option of the command', ['devenv', 'down', '--vol'], ['--volumes']],
    ['a global option after the command', ['devenv', 'up', '--dry'], ['--dry-run']],
    ['a word for an option', ['devenv', '--progress', 'p'], ['plain']],
    ['a word after =', ['devenv', '--progress', '=', 'q'], ['quiet']],
    ['a folder', ['devenv', '-C', 's'], ['sub folder']],
    ['a file', ['devenv', '-f', 'o'], ['other.yaml']],
    ['a task', ['devenv', 'run', 'l'], ['lint']],
    ['a task with a colon, which bash cuts', ['devenv', 'run', 'test', ':', 'u'], ['unit']],
    ['a task up to its colon', ['devenv', 'run', 'test', ':'], ['all', 'unit']],
    ['a workspace', ['devenv', '-w', ''], ['shop']],
    ['a shell', ['devenv', 'completion', ''], ['bash', 'fish', 'zsh']],
    ['nothing after -f of logs', ['devenv', 'logs', '-f', 'x'], []],
    ['a program for exec --', ['devenv', 'exec', '--', 'prin'], ['printenv', 'printf']],
    ['a file for the program of exec', ['devenv', 'exec', 'ls', 'oth'], ['other.yaml']],
    ['no option of devenv behind exec CMD', ['devenv', 'exec', 'ls', '--dry'], []],
    [
      'no value of devenv’s options behind exec CMD',
      ['devenv', 'exec', 'ls', '--progress', 'p'],
      [],
    ],
    ['no hidden command', ['devenv', '__'], []],
  ])('offers %s', (_what, words, expected) => {
    const offered = completeInBash(words);
    if (words.includes('prin')) expect(offered).toEqual(expect.arrayContaining(expected));
    else expect(offered).toEqual(expected);
  });

  it('asks for names where the command line points to', () => {
    rmSync(join(folder, 'calls'), { force: true });
    completeInBash(['devenv', '-C', '../project', '--host', 'tcp://x', 'run', '']);
    const { offered } = run('cat', [join(folder, 'calls')]);
    expect(offered).toEqual(['-C ../project --host tcp://x __complete task']);
  });
});

describeIn('fish', () => {
  it.each<[string, string[]]>([
    ['devenv sta', ['status']],
    ['devenv engine st', ['start', 'status', 'stop']],
    ['devenv -C / engine sto', ['stop']],
    ['devenv down --vol', ['--volumes']],
    ['devenv run test:', ['test:all', 'test:unit']],
    ['devenv --progress q', ['quiet']],
  ])('offers what fits %s', (line, expected) => {
    const script = 'source $FOLDER/completion.fish; complete -C $argv[1]';
    const { offered, stderr } = run('fish', ['--no-config', '-c', script, line]);
    expect(stderr).toBe('');
    expect(offered.map((row) => row.split('\t')[0]).sort()).toEqual(expected);
  });
});

describeIn('zsh', () => {
  it('is a script that zsh can read', () => {
    expect(run('zsh', ['-fn', join(folder, 'completion.zsh')]).stderr).toBe('');
  });
});
