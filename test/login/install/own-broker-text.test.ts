import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ownBrokerText } from '../../../cli/src/login/install/own-broker-text.ts';
import { places } from '../../../cli/src/login/install/places.ts';

const folder = mkdtempSync(join(tmpdir(), 'devenv-own-broker-'));
afterAll(() => rmSync(folder, { recursive: true }));

// In place of node it says what it is given, NUL between the parts.
const teller = join(folder, 'teller');
const script = '#!/bin/sh\nprintf "%s\\0" "$@"; pwd; umask; cat /proc/$$/environ\n';
writeFileSync(teller, script, { mode: 0o755 });

const shells = (['dash', 'bash'] as const).flatMap((shell) => {
  const found = spawnSync('/bin/sh', ['-c', `command -v ${shell}`], { encoding: 'utf8' });
  if (found.status !== 0) return [];
  mkdirSync(join(folder, shell));
  const sh = join(folder, shell, 'sh');
  symlinkSync(found.stdout.trim(), sh);
  return [{ shell, sh }];
});

function start(sh: string, env: Record<string, string>, sshAgent = false) {
  const broker = join(folder, 'broker');
  writeFileSync(broker, ownBrokerText(teller, { sshAgent }));
  const { stdout, stderr, status } = spawnSync(sh, ['-p', broker], { env, encoding: 'utf8' });
  const [program, word, ...rest] = stdout.split('\0');
  const [place, ...variables] = rest.flatMap((part, index) =>
    index === 0
      ? [part.split('\n').slice(0, 2).join(' '), part.split('\n').slice(2).join('\n')]
      : [part],
  );
  const set = Object.fromEntries(
    variables
      .filter((line) => line !== '')
      .map((line) => [line.split('=')[0]!, line.replace(/^[^=]*=/, '')]),
  );
  return { argv: [program, word], place, set, stderr, status };
}

describe.each(shells)('the broker of people with engines of their own, run by $shell', ({ sh }) => {
  const fixed = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/', XDG_CACHE_HOME: '/var/cache' };

  it('starts devenv, with nothing of their environment but what a session is about', () => {
    const kept = {
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      LC_TIME: 'C',
      SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22',
      SSH_ORIGINAL_COMMAND: '() { :; }; a\n\'b\' "$c" `d` *  \\ ',
      SSH_TTY: '/dev/pts/1',
    };
    const started = start(sh, {
      ...kept,
      SSH_AUTH_SOCK: '/tmp/sock',
      HOME: folder,
      PATH: folder,
      IFS: 'S_',
      ENV: teller,
      BASH_ENV: teller,
      LD_PRELOAD: '/nonexistent',
      NODE_OPTIONS: '--require /tmp/evil',
      DOCKER_HOST: 'tcp://evil',
      XDG_CACHE_HOME: folder,
      SUDO_UID: '0',
      'BASH_FUNC_exec%%': '() { :; }',
      'BASH_FUNC_unset%%': '() { :; }',
    });
    const { set } = started;
    expect(set).toEqual({ ...fixed, ...kept });
    expect(started).toMatchObject({
      argv: [places.program, '__login-broker'],
      place: '/ 0077',
      status: 0,
    });
  });

  it('tells what is not set from what is empty', () => {
    expect(start(sh, { SSH_ORIGINAL_COMMAND: '' }).set).toMatchObject({ SSH_ORIGINAL_COMMAND: '' });
    expect(start(sh, {}).set).not.toHaveProperty('SSH_ORIGINAL_COMMAND');
  });

  it('knows a forwarded agent where that was asked for', () => {
    const { set } = start(sh, { SSH_AUTH_SOCK: '/tmp/sock' }, true);
    expect(set).toMatchObject({ SSH_AUTH_SOCK: '/tmp/sock' });
  });
});
