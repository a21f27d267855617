import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveSecrets } from '../../../cli/src/engine/session/secrets.ts';
import { testFolder } from '../../support/temp-folder.ts';

const path = { PATH: process.env.PATH };

describe('resolveSecrets', () => {
  it('takes values from variables, files and commands', async () => {
    const folder = await testFolder({
      token: 'from file\n',
      'tell.sh': '#!/bin/sh\necho "$1 in $(pwd)"\n',
    });
    const values = await resolveSecrets(
      {
        A: { from: 'environment', name: 'HOST_A' },
        EMPTY: { from: 'environment', name: 'HOST_EMPTY' },
        B: { from: 'file', path: join(folder, 'token') },
        C: { from: 'command', command: { kind: 'shell', script: 'printf %s "$HOST_A | sh"' } },
        D: { from: 'command', command: { kind: 'argv', argv: ['./tell.sh', 'said'] } },
      },
      { ...path, HOST_A: 'from host', HOST_EMPTY: '' },
      folder,
    );
    expect(values).toEqual({
      A: 'from host',
      EMPTY: '',
      B: 'from file',
      C: 'from host | sh',
      D: `said in ${folder}`,
    });
  });

  it('takes away one line break at the end and nothing else', async () => {
    const folder = await testFolder({ unix: ' two\nlines\n\n', windows: 'x\r\n', none: 'x ' });
    const sources = ['unix', 'windows', 'none'].map((name) => [
      name,
      { from: 'file' as const, path: join(folder, name) },
    ]);
    expect(await resolveSecrets(Object.fromEntries(sources), {}, folder)).toEqual({
      unix: ' two\nlines\n',
      windows: 'x',
      none: 'x ',
    });
  });

  it('names every secret without a value at once, and shows no value', async () => {
    const folder = await testFolder({ good: 'hidden', binary: 'hid\0den' });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const failure = await resolveSecrets(
      {
        GOOD: { from: 'file', path: join(folder, 'good') },
        UNSET: { from: 'environment', name: 'NOWHERE' },
        FILE: { from: 'file', path: join(folder, 'nowhere') },
        FOLDER: { from: 'file', path: folder },
        PIPE: { from: 'file', path: join(folder, 'pipe') },
        BINARY: { from: 'file', path: join(folder, 'binary') },
        FAILS: { from: 'command', command: { kind: 'shell', script: 'echo hidden; exit 3' } },
        ABSENT: { from: 'command', command: { kind: 'argv', argv: ['no-such-program'] } },
      },
      path,
      folder,
    ).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'config_invalid' });
    const { details, hint, message } = failure as {
      details: string[];
      hint: string;
      message: string;
    };
    expect(details).toEqual([
      'UNSET: the variable NOWHERE is not set on this host.',
      `FILE: ${folder}/nowhere does not exist.`,
      `FOLDER: ${folder} is not a file.`,
      `PIPE: ${folder}/pipe is not a file.`,
      `BINARY: ${folder}/binary gives binary data.`,
      'FAILS: its command ended with status 3.',
      expect.stringMatching(/^ABSENT: its command could not run: .*ENOENT/) as string,
    ]);
    expect([message, hint, ...details].join()).not.toContain('hidden');
  });

  it('says in one sentence what a single secret lacks', async () => {
    const secrets = { NPM_TOKEN: { from: 'environment' as const, name: 'TOKEN' } };
    await expect(resolveSecrets(secrets, {}, '/')).rejects.toMatchObject({
      message: 'There is no secret NPM_TOKEN: the variable TOKEN is not set on this host.',
      hint: expect.stringContaining('"secrets"') as string,
    });
  });

  it('gives a command an empty stdin, so that it cannot wait for one', async () => {
    const secrets = {
      A: { from: 'command' as const, command: { kind: 'shell' as const, script: 'cat; echo end' } },
    };
    expect(await resolveSecrets(secrets, path, '/')).toEqual({ A: 'end' });
  });
});
