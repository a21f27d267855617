import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { execRaw } from '../../support/login/raw-client.ts';
import { aLoginHost, describeWithLoginHost } from '../../support/login-host.ts';

const doors = ['ForceCommand', 'passwd shell', 'both'] as const;

for (const door of doors) {
  describeWithLoginHost(`a command through ssh, by way of ${door}`, () => {
    const host = aLoginHost({ users: ['ann', 'bob'], door });

    it('runs as the person, in the repository, in a container of theirs', async () => {
      const { uid, gid, repositories } = host.account('ann');
      const { stdout, stderr, status } = await host.ssh('ann', ['id -u; id -g; pwd; id -nu']);
      expect(stdout.toString()).toBe(`${uid}\n${gid}\n${repositories}/shop\nann\n`);
      expect(status, stderr).toBe(0);
      const [container] = await host.containers('ann');
      expect(container!.State.Running).toBe(true);
      expect(container!.Config.Labels).toMatchObject({
        'devenv.uid': String(uid),
        'devenv.root': `${repositories}/shop`,
        'devenv.environment': '@login',
      });
    });

    it.each([
      ['true', 0],
      ['exit 7', 7],
      ['exit 255', 255],
      ['no-such-command', 127],
      ['/etc/passwd', 126],
    ])('%j ends with %d', async (command, expected) => {
      expect((await host.ssh('ann', [command])).status).toBe(expected);
    });

    it('says when a signal ended it', async () => {
      // What plain ssh says of a signal, and what a shell does.
      expect([255, 128 + 15]).toContain((await host.ssh('ann', ['kill -TERM $$'])).status);
    });

    it('keeps what goes to stdout apart from what goes to stderr', async () => {
      const { stdout, stderr } = await host.ssh('ann', ['echo out; echo err >&2']);
      expect(stdout.toString()).toBe('out\n');
      expect(stderr).toBe('err\n');
    });

    it('gets every byte of stdin, and gives every byte of stdout', async () => {
      const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const input = Buffer.concat(Array.from({ length: 1000 }, () => every));
      const { stdout } = await host.ssh('ann', ['cat'], { input });
      expect(stdout.equals(input)).toBe(true);
    });

    it('ends where stdin ends', async () => {
      expect((await host.ssh('ann', ['wc -c'])).stdout.toString()).toBe('0\n');
    });
  });
}

describeWithLoginHost('what a session is given to run', () => {
  const host = aLoginHost();

  beforeAll(async () => {
    await host.repository('ann', 'shown', {
      'devenv.yaml': `image: ${host.image}\nshell: /usr/local/bin/show-arguments\n`,
    });
    await host.policy({ repositories: { default: `${host.account('ann').repositories}/shown` } });
  });

  it.each([
    ['metacharacters', `; & | > < * ? [a] {a,b} ~ # ! $HOME $(id) \`id\` && || \\`],
    ['quotes', `it's "this" 'that' \\" \\'`],
    ['newlines', 'one\ntwo\n\nthree\n'],
    ['a leading dash', '-c id'],
    ['two leading dashes', '--help'],
    ['blanks at both ends', '  a   b\t'],
    ['letters of other scripts', 'ü 漢字 🐳'],
    ['invalid UTF-8', Buffer.from([0x61, 0xff, 0xfe, 0xc3, 0x28, 0x62])],
    ['control characters', '\x01\x1b[31m\x7f\r'],
    ['a function of bash', '() { :; }; id'],
    ['an assignment', 'A=b id'],
    ['100 KB', 'x'.repeat(100_000)],
  ])('is one argument, as it was written, with %s', async (_, command) => {
    const { stdout, stderr, status } = await host.ssh('ann', command);
    expect(argumentsIn(stdout), stderr).toEqual(['-c', Buffer.from(command).toString('latin1')]);
    expect(status).toBe(0);
  });

  it('is what is said after the repository', async () => {
    const { stdout } = await host.ssh('ann', '@shown a  "b c" $d');
    expect(argumentsIn(stdout)).toEqual(['-c', 'a  "b c" $d']);
  });

  it('is a login shell where nothing is said', async () => {
    const { stdout, stderr, status } = await host.ssh('ann');
    expect(argumentsIn(stdout)).not.toContain('-c');
    expect(status, stderr).toBe(0);
    const empty = await host.ssh('ann', '');
    expect(empty.stdout).toEqual(stdout);
  });

  it('is refused, not cut, where no process can be given so much', async () => {
    // ssh takes no single argument of that size, but joins several.
    const part = 'x'.repeat(100_000);
    const { stdout, status } = await host.ssh('ann', ['echo', part, part, part, part, part]);
    expect(stdout.toString()).toBe('');
    expect(status).not.toBe(0);
  });

  it('cannot be one with a NUL', async () => {
    const client = await host.connect('ann');
    const { stdout, status } = await execRaw(client, 'echo before\0; echo after');
    client.end();
    expect(stdout).toBe('');
    expect(status).not.toBe(0);
  });

  it('never runs on the host', async () => {
    const marker = join(host.account('ann').home, 'ran-on-the-host');
    for (const command of [`touch ${marker}`, `; touch ${marker}`, `\n$(touch ${marker})\n`]) {
      await host.ssh('ann', command);
      await host.ssh('ann', `@shop ${command}`);
    }
    expect(existsSync(marker)).toBe(false);
  });
});

function argumentsIn(output: Buffer): string[] {
  return output.toString('latin1').split('\0').slice(0, -1);
}
