import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, lchown, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { testEngine } from '../../support/engine.ts';
import { aLoginHost, describeWithLoginHost, type AuditLine } from '../../support/login-host.ts';

describeWithLoginHost('a devenv.yaml that asks for what the policy does not give', () => {
  const host = aLoginHost({ users: ['ann', 'bob'] });
  let shop: string;

  afterEach(async () => {
    for (const { Id } of await host.containers('ann')) await testEngine().removeContainer(Id);
    await rm(shop, { recursive: true, force: true });
  });

  /** Refused before anything is made, with a reason, and with a line in the audit log. */
  async function expectRefusal(
    secret = 'root-knows',
  ): Promise<{ status: number; line: AuditLine }> {
    const before = (await host.audit()).length;
    const started = performance.now();
    const { stdout, stderr, status } = await host.ssh('ann', ['echo in']);
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(stdout.toString()).toBe('');
    expect(stderr).toMatch(/^devenv: /m);
    expect(stderr).not.toContain(secret);
    expect(await host.containers('ann')).toEqual([]);
    const [line, ...more] = (await host.audit()).slice(before);
    expect(more).toEqual([]);
    expect(line).toMatchObject({ uid: host.account('ann').uid, user: 'ann' });
    expect(line!.reasons).not.toEqual([]);
    expect(JSON.stringify(line)).not.toContain(secret);
    return { status, line: line! };
  }

  async function expectDenial(): Promise<AuditLine> {
    const { status, line } = await expectRefusal();
    expect(status).toBe(5);
    expect(line.event).toBe('denied');
    return line;
  }

  /** Whether the policy or the reader of the file refuses is all the same. */
  async function expectDenialOrMistake(): Promise<void> {
    const { status, line } = await expectRefusal();
    expect([
      [5, 'denied'],
      [2, 'failed'],
    ]).toContainEqual([status, line.event]);
  }

  it.each([
    'privileged: true',
    'cap_add: [SYS_ADMIN]',
    'cap_add: [ALL]',
    'devices: ["/dev/vda:/dev/vda"]',
    'devices: [/dev/mem]',
    'gpus: all',
    'network_mode: host',
    'security_opt: ["seccomp:unconfined"]',
    'sysctls: {net.ipv4.ip_forward: 1}',
    'user: root',
    'image: evil.example/evil:1',
    'build: .',
    'build: {context: /}',
    'build: {context: ../../bob}',
    'build: {context: ., dockerfile: /etc/shadow}',
    'volumes: ["/:/host"]',
    'volumes: ["/etc:/host"]',
    'volumes: ["/etc/shadow:/shadow:ro"]',
    'volumes: ["/proc:/host"]',
    'volumes: ["/sys:/host"]',
    'volumes: ["/dev:/host"]',
    'volumes: ["/root:/host"]',
    'volumes: ["/var/run/docker.sock:/run/docker.sock"]',
    'volumes: ["/run/devenv:/host"]',
    'volumes: ["/var/lib/devenv:/host"]',
    'volumes: ["../../bob/shop:/host"]',
    'volumes: ["./to-etc:/host"]',
    'volumes: ["./to-bob:/host"]',
    'ports: [3000]',
    'ports: ["0.0.0.0:3000:3000"]',
    'extra_hosts: ["registry.example:10.0.0.1"]',
    'dns: [10.0.0.1]',
    'init: image',
  ])('is denied: %s', async (line) => {
    const image = /^(image|build):/.test(line) ? '' : `image: ${host.image}\n`;
    shop = await host.repository('ann', 'shop', {
      Dockerfile: `FROM ${host.image}\n`,
      'devenv.yaml': `${image}${line}\n`,
    });
    await symlink('/etc', join(shop, 'to-etc'));
    await symlink(join(host.account('bob').repositories, 'shop'), join(shop, 'to-bob'));
    await expectDenial();
  });

  it('is refused: the network of somebody else’s container', async () => {
    shop = await host.repository('ann', 'shop', {
      'devenv.yaml': `image: ${host.image}\nnetwork_mode: "container:devenv-bob-shop"\n`,
    });
    await expectDenialOrMistake();
  });

  it('gives no new privileges, whatever it says', async () => {
    shop = await host.repository('ann', 'shop', {
      'devenv.yaml': `image: ${host.image}\nsecurity_opt: ["no-new-privileges:false"]\n`,
    });
    const { stdout } = await host.ssh('ann', ['cat /proc/self/status']);
    expect(stdout.toString()).not.toMatch(/^NoNewPrivs:\s0$/m);
  });

  it('gives a volume of the person’s own, whatever its name', async () => {
    shop = await host.repository('ann', 'shop', {
      'devenv.yaml': `image: ${host.image}\nvolumes: ["devenv-uid0-home:/host"]\n`,
    });
    await host.ssh('ann', ['true']);
    const [container] = await host.containers('ann');
    const mount = container!.Mounts.find(({ Destination }) => Destination === '/host');
    expect(mount).toMatchObject({ Type: 'volume' });
    expect(mount!.Name).toContain(`uid${host.account('ann').uid}`);
  });

  it('names every reason at once', async () => {
    shop = await host.repository('ann', 'shop', {
      'devenv.yaml': `image: ${host.image}\nprivileged: true\ncap_add: [ALL]\ndns: [10.0.0.1]\n`,
    });
    const line = await expectDenial();
    expect(line.reasons!.length).toBeGreaterThanOrEqual(3);
    for (const word of ['privileged', 'cap_add', 'dns']) {
      expect(line.reasons!.join('\n')).toContain(word);
    }
  });

  it('is denied in devenv.local.yaml, too', async () => {
    shop = await host.repository('ann', 'shop', {
      'devenv.yaml': `image: ${host.image}\n`,
      'devenv.local.yaml': 'privileged: true\n',
    });
    await expectDenial();
  });

  it('runs no command of the host’s for a secret', async () => {
    const marker = join(host.account('ann').home, 'ran-on-the-host');
    shop = await host.repository('ann', 'shop', {
      'devenv.yaml': `image: ${host.image}\n`,
      'devenv.local.yaml': `secrets: {TOKEN: {command: "touch ${marker}"}}\n`,
    });
    await expectDenial();
    expect(existsSync(marker)).toBe(false);
  });

  it.each(['secrets: {TOKEN: {file: ./link}}', 'env_file: ./link'])(
    'does not read what the person cannot: %s',
    async (line) => {
      shop = await host.repository('ann', 'shop', {
        'devenv.yaml': `image: ${host.image}\n${line}\n`,
      });
      const secret = join(host.folder, 'private/secret');
      await writeFile(secret, 'TOKEN=root-knows\n', { mode: 0o600 });
      await symlink(secret, join(shop, 'link'));
      const { stdout, stderr, status } = await host.ssh('ann', ['env']);
      expect(`${stdout.toString()}${stderr}`).not.toContain('root-knows');
      expect(status).not.toBe(0);
      expect(await host.containers('ann')).toEqual([]);
    },
  );

  describeFiles();

  function describeFiles(): void {
    const kinds: [string, (file: string) => Promise<void>][] = [
      ['a FIFO', async (file) => void execFileSync('mkfifo', ['-m', '644', file])],
      ['a link to /dev/zero', (file) => symlink('/dev/zero', file)],
      ['a link to /dev/stdin', (file) => symlink('/dev/stdin', file)],
      ['a link to a file of root’s', (file) => symlink('/etc/shadow', file)],
      ['a link to a file of root’s that exists only on the host', linkToSecret],
      ['a link to itself', (file) => symlink('devenv.yaml', file)],
      ['a folder', (file) => mkdir(file)],
      ['a bomb of aliases', (file) => writeFile(file, bomb())],
      ['a gigabyte', async (file) => void execFileSync('truncate', ['-s', '1G', file])],
      ['nested very deeply', (file) => writeFile(file, `x-a: ${'['.repeat(100_000)}`)],
      ['not text', (file) => writeFile(file, Buffer.from([0, 0xff, 0xfe, 0]))],
    ];
    for (const [kind, make] of kinds) {
      it(`is refused when it is ${kind}`, async () => {
        shop = await host.repository('ann', 'shop');
        const file = join(shop, 'devenv.yaml');
        await make(file);
        const { uid, gid } = host.account('ann');
        await lchown(file, uid, gid);
        await expectDenialOrMistake();
      });
    }
  }

  async function linkToSecret(file: string): Promise<void> {
    const secret = join(host.folder, 'private/secret');
    await writeFile(secret, 'image: root-knows\n', { mode: 0o600 });
    await symlink(secret, file);
  }

  it('cannot make the broker write through a link', async () => {
    shop = await host.repository('ann', 'shop', { 'devenv.yaml': `image: ${host.image}\n` });
    const target = join(host.folder, 'roots-file');
    await writeFile(target, 'untouched\n', { mode: 0o644 });
    await chown(target, 0, 0);
    const home = host.account('ann').home;
    for (const name of ['.cache', '.local', '.config']) {
      await rm(join(home, name), { recursive: true, force: true });
      await symlink(target, join(home, name));
      await lchown(join(home, name), host.account('ann').uid, host.account('ann').gid);
    }
    const { stdout, stderr } = await host.ssh('ann', ['echo in']);
    expect(stdout.toString(), stderr).toBe('in\n');
    expect(execFileSync('cat', [target], { encoding: 'utf8' })).toBe('untouched\n');
    for (const name of ['.cache', '.local', '.config']) await rm(join(home, name));
  });
});

/** Nine levels of ten aliases each. */
function bomb(): string {
  const lines = ['x-0: &l0 [a, a, a, a, a, a, a, a, a, a]'];
  for (let level = 1; level < 10; level++) {
    const aliases = Array.from({ length: 10 }, () => `*l${level - 1}`).join(', ');
    lines.push(`x-${level}: &l${level} [${aliases}]`);
  }
  return `${lines.join('\n')}\nenvironment: *l9\n`;
}
