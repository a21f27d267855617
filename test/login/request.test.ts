import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readRequest } from '../../cli/src/login/request.ts';
import { lacksService, requestArgv } from '../../cli/src/login/session-argv.ts';

const request = (text: string | Buffer) => readRequest(Buffer.from(text));

describe('what OpenSSH hands over', () => {
  it.each([
    ['make test', undefined, 'make test'],
    ['@shop', 'shop', undefined],
    ['@shop make test', 'shop', 'make test'],
    ['@team/shop  -x', 'team/shop', '-x'],
    ['@shop\nmake', undefined, '@shop\nmake'],
    ['@shop;ls', undefined, '@shop;ls'],
    ['@../x ls', '../x', 'ls'],
    [' @shop ls', undefined, ' @shop ls'],
    ['', undefined, undefined],
  ])('%j is repository %j and command %j', (text, repository, command) => {
    const read = request(text);
    expect([read.repository, read.command?.toString()]).toEqual([repository, command]);
  });

  it('is a shell where it is nothing', () => {
    expect(readRequest(undefined)).toEqual({
      repository: undefined,
      command: undefined,
      service: undefined,
    });
  });

  it.each([
    ['internal-sftp', 'sftp'],
    ['/usr/lib/openssh/sftp-server', 'sftp'],
    ['/usr/lib/openssh/sftp-server -l INFO', 'sftp'],
    ['/usr/lib/openssh/sftp-server; id', undefined],
    ['scp -t -- /tmp', 'scp'],
    ['scp -r -f .', 'scp'],
    ['rsync --server -logDtpre.iLsfxCIvu . x', 'rsync'],
    ["git-receive-pack '/srv/shop.git'", 'git'],
    ['git upload-pack x', 'git'],
    ['git status', undefined],
  ])('%j is for %j', (text, service) => {
    expect(request(text).service).toBe(service);
  });
});

describe('a command inside', () => {
  it('is one argument of the shell, whatever is in it', () => {
    const text = `-e 'a b'; $(id) "*" \n\\ ü`;
    expect(requestArgv(request(text), '/bin/bash')).toEqual(['/bin/bash', '-c', text]);
  });

  it('keeps bytes that are no text', () => {
    const bytes = Buffer.from([0x70, 0xff, 0x27, 0x25, 0x5c, 0x6e, 0x0a, 0xc3, 0x0a, 0x0a]);
    const argv = requestArgv(request(bytes), '/bin/echo') ?? [];
    // In place of the shell stands a program that shows what it is given.
    const [program = '', ...args] = argv.map((word) =>
      word === '/bin/echo' ? '/usr/bin/printf' : word,
    );
    const script = args[1]!.replace('exec "$1" -c', 'exec "$1" %s');
    const out = execFileSync(program, [args[0]!, script, ...args.slice(2)]);
    expect(out).toEqual(bytes);
  });

  it('looks for the sftp server where distributions keep it', () => {
    expect(requestArgv(request('internal-sftp'), '/bin/bash')?.[2]).toContain(
      '/usr/lib/openssh/sftp-server',
    );
    expect(lacksService(request('internal-sftp'))).toContain('openssh-sftp-server');
    expect(lacksService(request('ls'))).toBeUndefined();
  });
});
