import { describe, expect, it } from 'vitest';
import type { Config, Mount, PortRequest } from '../../../cli/src/config/config.ts';
import { decide } from '../../../cli/src/login/policy/decide.ts';
import type { Asked } from './fixtures.ts';
import { aLoginConfig, allowed, denied, inputFor } from './fixtures.ts';
import { buildSource } from '../../support/build-source.ts';

const { security, resources, network, project } = aLoginConfig();
const shell = { kind: 'shell', script: 'make' } as const;
const secure = (changes: Partial<Config['security']>) => ({
  security: { ...security, ...changes },
});
const connect = (changes: Partial<Config['network']>) => ({ network: { ...network, ...changes } });
const use = (changes: Partial<Config['resources']>) => ({
  resources: { ...resources, ...changes },
});
const bind = (source: string, changes: Partial<Mount> = {}): { mounts: Mount[] } => ({
  mounts: [{ type: 'bind', source, target: '/data', readOnly: false, ...changes }],
});
const publish = (changes: Partial<PortRequest> = {}): { ports: PortRequest[] } => ({
  ports: [
    { container: 80, protocol: 'tcp', hostIp: '127.0.0.1', host: 8080, exact: true, ...changes },
  ],
});
const build = (changes: object = {}): { image: Config['image'] } => ({
  image: buildSource('/home/ann/shop', changes),
});
const image = (reference: string) => ({ image: { kind: 'image', reference } as const });
const never = '[no policy allows it]';

describe('what is allowed', () => {
  it('has no right that a policy does not give', () => {
    const { config, notices } = allowed({});
    expect(notices).toEqual([]);
    expect(config).toEqual({
      ...aLoginConfig(),
      project: { ...project, environment: '@login' },
      resources: { memory: 2 * 1024 ** 3, cpus: 2, pids: 512, shmSize: undefined },
      security: { ...security, capDrop: ['ALL'] },
      network: { mode: undefined, extraHosts: [], dns: [] },
      forward: { sshAgent: false, gitCredentials: false, caCertificates: false, proxy: false },
      idleStop: 8 * 3600,
      confinement: {
        network: 'isolated',
        pool: '10.214.0.0/16',
        deny: ['169.254.0.0/16'],
        hostPorts: [],
        logBytes: 10 * 1024 ** 2,
        diskBytes: undefined,
      },
    });
  });

  it('has what the policy says beside the file', () => {
    const policy = `
network: {mode: internal, pool: 10.9.0.0/16, deny: [], host_ports: [5432]}
limits: {disk: 1g, log: 1m}
forward: {ssh_agent: true}
idle_stop: never`;
    const { config } = allowed({ idleStop: 60, watch: [aRule] }, { policy });
    expect(config.confinement).toEqual({
      network: 'internal',
      pool: '10.9.0.0/16',
      deny: [],
      hostPorts: [5432],
      logBytes: 1024 ** 2,
      diskBytes: 1024 ** 3,
    });
    expect(config.forward.sshAgent).toBe(true);
    expect(config.idleStop).toBeUndefined();
    expect(config.watch).toEqual([]);
  });

  it('has another identity than any workspace of the ordinary door', () => {
    const changes = { project: { ...project, environment: 'test' } };
    expect(allowed(changes).config.project.environment).toBe('@login-test');
  });

  it('has no network where the file wants none', () => {
    const { config } = allowed(connect({ mode: 'none' }));
    expect([config.network.mode, config.confinement?.network]).toEqual(['none', 'none']);
  });

  it('has no network where the policy wants none', () => {
    const { config } = allowed({}, { policy: 'network: {mode: none}' });
    expect([config.network.mode, config.confinement?.network]).toEqual(['none', 'none']);
  });

  it('leaves the agent alone where the file does', () => {
    const forward = { ...aLoginConfig().forward, sshAgent: false };
    const { config } = allowed({ forward }, { policy: 'forward: {ssh_agent: true}' });
    expect(config.forward.sshAgent).toBe(false);
  });

  it.each<[string, Partial<Config>]>([
    ['shell', { shell: '/bin/zsh' }],
    ['workspace', { workspace: '/srv/shop' }],
    ['home', { home: 'project' }],
    ['environment', { environment: { A: '1' } }],
    ['hooks', { hooks: { create: shell } }],
    ['caches', { caches: ['~/.npm', '/home/ann/shop/node_modules'] }],
    ['secrets', { secrets: { A: { from: 'file', path: '/home/ann/token' } } }],
    ['volumes', bind('/home/ann/shop/data')],
    [
      'ulimits',
      secure({ capDrop: ['ALL'], ulimits: [{ name: 'nofile', soft: 1024, hard: 65536 }] }),
    ],
    ['tasks', { tasks: { test: shell } }],
  ])('keeps the %s of the file', (_name, changes) => {
    expect(allowed(changes).config).toMatchObject(changes);
  });

  it.each<[string, Partial<Config>, string]>([
    ['ports', publish(), 'user_may: [ports]'],
    ['dns', connect({ dns: ['9.9.9.9'] }), 'user_may: [dns]'],
    ['extra_hosts', connect({ extraHosts: ['a:10.0.0.1'] }), 'user_may: [extra_hosts]'],
    ['init', { init: 'image' }, 'user_may: [init]'],
    ['a build', build(), 'images: {build: true}'],
  ])('keeps %s where the policy allows it', (_name, changes, policy) => {
    expect(allowed(changes, { policy }).config).toMatchObject(changes);
  });
});

const aRule = { path: 'a', action: 'restart', run: undefined } as const;

describe('a limit', () => {
  it('cuts what is above it, and says so', () => {
    const { config, notices } = allowed(
      use({ memory: 2 ** 40, cpus: 64, pids: -1, shmSize: 2 ** 40 }),
      { policy: 'limits:\n  memory: 1g\n  cpus: 1.5\n  pids: 100' },
    );
    expect(config.resources).toEqual({
      memory: 1024 ** 3,
      cpus: 1.5,
      pids: 100,
      shmSize: 1024 ** 3,
    });
    expect(notices).toEqual([
      '"mem_limit" is 1024m, which is the most. Rule: limits.memory (/etc/devenv/policy.yaml:2).',
      '"cpus" is 1.5, which is the most. Rule: limits.cpus (/etc/devenv/policy.yaml:3).',
      '"pids_limit" is 100, which is the most. Rule: limits.pids (/etc/devenv/policy.yaml:4).',
      '"shm_size" is 1024m, which is the most. Rule: limits.memory (/etc/devenv/policy.yaml:2).',
    ]);
  });

  it('leaves alone what is below it', () => {
    const less = { memory: 64 * 1024 ** 2, cpus: 0.5, pids: 10, shmSize: 1024 ** 2 };
    expect(allowed(use(less))).toMatchObject({ config: { resources: less }, notices: [] });
  });
});

describe('what no policy allows', () => {
  const everything = `
images: {allow: ["**"], build: true}
mounts: [/]
user_may: [image, shell, workspace, home, environment, hooks, caches, volumes, secrets, resources, ports, extra_hosts, dns, init]`;

  it.each<[string, Partial<Config>, string, Asked?]>([
    ['', secure({ privileged: true }), '"privileged" gives all that root has on this host.'],
    ['', secure({ capAdd: ['SYS_ADMIN'] }), '"cap_add" asks for SYS_ADMIN.'],
    [
      '',
      secure({ devices: [{ host: '/dev/sda', container: '/dev/x', permissions: 'r' }] }),
      '"devices" asks for /dev/sda.',
    ],
    ['', secure({ gpus: 'all' }), '"gpus" asks for devices of this host.'],
    [
      '',
      secure({ securityOpt: ['no-new-privileges', 'seccomp=unconfined'] }),
      '"security_opt" asks for seccomp=unconfined.',
    ],
    ['', secure({ sysctls: { 'a.b': '1' } }), '"sysctls" asks for a.b.'],
    [
      '',
      secure({ ulimits: [{ name: 'memlock', soft: -1, hard: -1 }] }),
      '"ulimits" asks for memlock, which counts for all that you run on this host.',
    ],
    [
      '',
      secure({ ulimits: [{ name: 'nofile', soft: 1, hard: -1 }] }),
      '"ulimits" asks for more than 1048576 open files.',
    ],
    ['', connect({ mode: 'host' }), '"network_mode" is host: here it can only be none.'],
    ['', connect({ mode: 'bridge' }), '"network_mode" is bridge: here it can only be none.'],
    ['', { user: 'root' }, '"user" is root: here everybody is who they are.'],
    ['', { user: '0:0' }, '"user" is 0:0: here everybody is who they are.'],
    ['', bind('/'), '/ cannot be mounted: it holds /etc.'],
    ['', bind('/etc/ssl'), '/etc/ssl cannot be mounted: it is in /etc.'],
    ['', bind('/proc/1/root'), '/proc/1/root cannot be mounted: it is in /proc.'],
    ['', bind('/sys'), '/sys cannot be mounted: it is /sys.'],
    ['', bind('/dev'), '/dev cannot be mounted: it is /dev.'],
    ['', bind('/run'), '/run cannot be mounted: it holds /run/docker.sock.'],
    ['', bind('/var'), '/var cannot be mounted: it holds /var/lib/docker.'],
    [
      '',
      bind('/var/run/docker.sock'),
      '/var/run/docker.sock cannot be mounted: it is /var/run/docker.sock.',
    ],
    [
      ' by a link',
      bind('/home/ann/shop/x'),
      '/home/ann/shop/x, which is /etc/shadow, cannot be mounted: it is in /etc.',
      { links: { '/home/ann/shop/x': '/etc/shadow' } },
    ],
    [
      ' (the engine’s own)',
      bind('/srv/engine'),
      '/srv/engine cannot be mounted: it holds /srv/engine/e.sock.',
      { policy: `${everything}\nengine: unix:///srv/engine/e.sock` },
    ],
    ['', { workspace: '/' }, 'Nothing can be mounted at / inside.'],
    ['', { workspace: '/usr' }, 'Nothing can be mounted at /usr inside.'],
    ['', { caches: ['/lib64'] }, 'Nothing can be mounted at /lib64 inside.'],
    ['', { caches: ['~/../../etc'] }, 'Nothing can be mounted at /etc inside.'],
    ['', { caches: ['/run'] }, 'Nothing can be mounted at /run inside.'],
    ['', { caches: ['/run/devenv/x'] }, 'Nothing can be mounted at /run/devenv/x inside.'],
    [
      '',
      bind('/home/ann/a', { target: '/etc/passwd' }),
      'Nothing can be mounted at /etc/passwd inside.',
    ],
    ['', bind('/home/ann/a', { target: '/proc/x' }), 'Nothing can be mounted at /proc/x inside.'],
    [
      '',
      { secrets: { A: { from: 'command', command: shell } } },
      'The secret A comes from a command, and nothing is run on this host.',
    ],
    ['', build({ trustsHost: true }), '"trust: host" would give a build what this host trusts.'],
    ['', build({ registry: 'r.example.com/x' }), '"registry" would use logins of this host.'],
    ['', build({ secrets: ['A'] }), 'Secrets do not reach builds here.'],
    [
      '',
      build({ context: '/home/ann/other' }),
      '/home/ann/other is not in the repository, so nothing is built from it.',
    ],
    [
      ' by a link',
      build(),
      '/home/ann/shop/Dockerfile is not in the repository, so nothing is built from it.',
      { policy: everything, links: { '/home/ann/shop/Dockerfile': '/etc/shadow' } },
    ],
    [
      '',
      image('0123456789ab'),
      'The image 0123456789ab may be meant as an id: write its name and its tag.',
    ],
    [
      '',
      publish({ hostIp: '0.0.0.0' }),
      'Port 8080 cannot be published on 0.0.0.0: only on 127.0.0.1.',
    ],
    ['', publish({ host: 80 }), 'Port 80 of this host is one of its own.'],
    [
      '',
      {},
      'The repository /home/ann/shop is not in /home/ann/other, which is to be mounted.',
      { source: { mount: '/home/ann/other' } },
    ],
    [
      '',
      { project: { ...project, file: '/home/ann/x.yaml' } },
      'The file /home/ann/x.yaml is not in the repository /home/ann/shop.',
    ],
    ['', {}, 'root has no workspace on this host.', { caller: { uid: 0 } }],
  ])('is%s %j', (_how, changes, message, asked = {}) => {
    const { policy = everything } = asked;
    expect(denied(changes, { ...asked, policy })).toEqual([`${message} ${never}`]);
  });
});

describe('what a policy does not allow', () => {
  const line = '(/etc/devenv/policy.yaml:1)';

  it.each<[string, Partial<Config>]>([
    ['image', image('node')],
    ['shell', { shell: '/bin/zsh' }],
    ['workspace', { workspace: '/srv/shop' }],
    ['home', { home: 'none' }],
    ['environment', { environment: { A: '1' } }],
    ['hooks', { hooks: { start: shell } }],
    ['caches', { caches: ['~/.npm'] }],
    ['volumes', { mounts: [{ type: 'tmpfs', source: '', target: '/x', readOnly: false }] }],
    ['secrets', { secrets: { A: { from: 'environment', name: 'A' } } }],
    ['mem_limit', use({ memory: 1024 ** 3 })],
    ['cpus', use({ cpus: 1 })],
    ['pids_limit', use({ pids: 10 })],
    ['shm_size', use({ shmSize: 1024 })],
    ['ulimits', secure({ ulimits: [{ name: 'core', soft: 0, hard: 0 }] })],
    ['ports', publish()],
    ['extra_hosts', connect({ extraHosts: ['a:10.0.0.1'] })],
    ['dns', connect({ dns: ['9.9.9.9'] })],
    ['init', { init: 'image' }],
  ])('is %s, unless user_may says so', (key, changes) => {
    expect(denied(changes, { policy: 'user_may: []\nimages: {allow: ["**"]}' })).toEqual([
      `"${key}" may not be set here. [user_may ${line}]`,
    ]);
  });

  it.each<[Partial<Config>, string, Asked?]>([
    [
      image('ubuntu'),
      'The image ubuntu is not among those that are allowed. [images.allow (the default)]',
    ],
    [
      build(),
      'Images are not built here: name a ready one under "image". [images.build (the default)]',
    ],
    [
      build({ cacheFrom: ['x.example.com/a'] }),
      'The image x.example.com/a is not among those that are allowed. [images.allow (the default)]',
      { policy: 'images: {build: true}' },
    ],
    [
      {},
      '/home/ann/shop is in none of the folders that repositories may be in. ' +
        `[repositories.roots ${line}]`,
      { policy: 'repositories: {roots: [/srv]}' },
    ],
    [
      {},
      '/home/ann/shop belongs to bob. [repositories.roots (the default)]',
      { problems: { '/home/ann/shop': 'belongs to bob' } },
    ],
    [
      {},
      '/home/ann/shop is not where it seems to be. [repositories.roots (the default)]',
      { links: { '/home/ann/shop': '/home/bob/shop' } },
    ],
    [
      {},
      '/home/bob/x.git is in none of the folders that repositories may be in. ' +
        '[repositories.roots (the default)]',
      { source: { gitFolders: ['/home/bob/x.git'] } },
    ],
    [bind('/srv/data'), '/srv/data is not among what may be mounted. [mounts (the default)]'],
    [
      bind('/srv/database'),
      `/srv/database is not among what may be mounted. [mounts ${line}]`,
      { policy: 'mounts: [/srv/data]' },
    ],
    [
      bind('/srv'),
      `/srv is not among what may be mounted. [mounts ${line}]`,
      { policy: 'mounts: [/srv/data]' },
    ],
    [
      bind('/srv/data/x'),
      `/srv/data/x, which is /root/x, is not among what may be mounted. [mounts ${line}]`,
      { policy: 'mounts: [/srv/data]', links: { '/srv/data/x': '/root/x' } },
    ],
    [
      bind('/home/ann/x'),
      '/home/ann/x cannot be mounted: it belongs to bob. [repositories.roots (the default)]',
      { problems: { '/home/ann/x': 'belongs to bob' } },
    ],
    [
      { home: 'host' },
      'Your home folder /home/ann is not among what may be mounted. ' +
        `[repositories.roots ${line}]`,
      { policy: 'repositories: {roots: [/home/ann/shop]}' },
    ],
    [
      { secrets: { A: { from: 'file', path: '/srv/data/key' } } },
      'The secret A comes from /srv/data/key, which is in none of your repositories. ' +
        '[repositories.roots (the default)]',
      { policy: 'mounts: [/srv/data]' },
    ],
    [
      { secrets: { A: { from: 'file', path: '/home/ann/key' } } },
      'The secret A comes from /home/ann/key, which belongs to root. ' +
        '[repositories.roots (the default)]',
      { problems: { '/home/ann/key': 'belongs to root' } },
    ],
  ])('is %j', (changes, denial, asked) => {
    expect(denied(changes, asked)).toEqual([denial]);
  });

  it('is told all at once', () => {
    expect(denied({ ...secure({ privileged: true }), ...bind('/etc'), user: 'root' })).toHaveLength(
      3,
    );
  });

  it('is a path that nobody has looked at', () => {
    const asked = { ...bind('/home/ann/x'), ...build(), home: 'host' as const };
    const input = inputFor(asked, { policy: 'images: {build: true}' });
    const decision = decide({ ...input, places: new Map() });
    expect('denials' in decision && decision.denials.map(({ message }) => message)).toEqual([
      '/home/ann/shop is not where it seems to be.',
      '/home/ann/shop is not in the repository, so nothing is built from it.',
      '/home/ann/shop/Dockerfile is not in the repository, so nothing is built from it.',
      'Your home folder /home/ann is not where it seems to be.',
      '/home/ann/x cannot be mounted: nobody has looked at it.',
    ]);
  });
});

describe('a build', () => {
  const policy = 'images: {build: true, allow: ["node:*"]}';

  it('is marked as the person’s, and has no network unless the policy gives it one', () => {
    const own = { uid: 1000, network: 'none' };
    expect(allowed(build(), { policy }).config.image).toMatchObject({ confined: own });
    const open = { policy: 'images: {build: true, build_network: engine}' };
    const asked = build({ confined: { uid: 0, network: 'engine' } });
    expect(allowed(build(), open).config.image).toMatchObject({ confined: { network: 'engine' } });
    // Whatever was claimed.
    expect(allowed(asked, { policy }).config.image).toMatchObject({ confined: own });
  });

  it.each([
    ['FROM node:22', []],
    ['FROM debian:bookworm-slim\nCOPY --from=node:20 / /', []],
    ['FROM evil', ['1: The image evil is not among those that are allowed. [images.allow']],
    ['FROM scratch\nCOPY --from=evil / /', ['2: The image evil is not among']],
    ['FROM ab12', ['1: The image ab12 may be meant as an id']],
    ['FROM devenv/uid1001/shop:1', ['1: The image devenv/uid1001/shop:1 was built for one person']],
    ['FROM node:22\nONBUILD RUN x\nADD http://x /', ['2: ONBUILD', '3: ADD takes plain paths']],
  ])('of %j is judged by all that it names', (dockerfile, reasons) => {
    const found = denied(build(), { policy, dockerfile });
    expect(found).toHaveLength(reasons.length);
    reasons.forEach((reason, index) => {
      expect(found[index]).toContain(`/home/ann/shop/Dockerfile:${reason}`);
    });
  });

  it('does not name an image that was built for a person, however it is written', () => {
    const everything = { policy: 'images: {build: true, allow: ["**"]}' };
    for (const name of [
      'devenv/uid1000/shop',
      'devenv/uid1001/shop:1',
      'docker.io/devenv/uid1001/shop:1',
      'index.docker.io/devenv/uid1001/shop:1',
    ]) {
      expect(denied(image(name), everything)).toHaveLength(1);
      expect(denied(build({ cacheFrom: [name] }), everything)).toHaveLength(1);
    }
    expect(denied(image('devenv/uid'), everything)).toEqual([]);
    expect(denied(image('registry.example.com/devenv/uid1/x'), everything)).toEqual([]);
  });

  it('is none with a command of the image’s own as process 1', () => {
    const asked = { ...build(), init: 'image' as const };
    const open = { policy: `${policy}\nuser_may: [image, init]` };
    expect(denied(asked, open)).toEqual([
      '"init: image" would run what a Dockerfile says as root, beside your files. [no policy allows it]',
    ]);
  });
});

describe('a mount', () => {
  it('that may only be read becomes one', () => {
    const { config, notices } = allowed(bind('/srv/data/x'), {
      policy: 'mounts: ["/srv/data:ro"]',
    });
    expect(config.mounts).toEqual(bind('/srv/data/x', { readOnly: true }).mounts);
    expect(notices).toEqual([
      '/srv/data/x can only be read: of /srv/data nothing can be written. Rule: mounts (/etc/devenv/policy.yaml:1).',
    ]);
  });

  it('is judged by the innermost rule', () => {
    const policy = 'mounts: ["/srv", "/srv/data:ro", "/srv/data/tmp"]';
    expect(allowed(bind('/srv/data/tmp/a'), { policy }).config.mounts[0]?.readOnly).toBe(false);
    expect(allowed(bind('/srv/data/a'), { policy }).config.mounts[0]?.readOnly).toBe(true);
    expect(allowed(bind('/srv/a'), { policy }).config.mounts[0]?.readOnly).toBe(false);
  });

  it('is of the real path, so that no link is followed again', () => {
    const links = { '/home/ann/shop/x': '/home/ann/y' };
    expect(allowed(bind('/home/ann/shop/x'), { links }).config.mounts[0]?.source).toBe(
      '/home/ann/y',
    );
  });

  it('of a volume is one of the person’s own', () => {
    const named = bind('models', { type: 'volume' });
    const other = bind('devenv-uid1001-home', { type: 'volume' });
    expect(allowed(named).config.mounts[0]?.source).toBe('devenv-uid1000-models');
    expect(allowed(other).config.mounts[0]?.source).toBe('devenv-uid1000-devenv-uid1001-home');
    const nameless = bind('', { type: 'volume' });
    expect(allowed(nameless).config.mounts).toEqual(nameless.mounts);
  });

  it('of the home is there where the administrator wants it, wherever it is', () => {
    const policy = 'home: host\nrepositories: {roots: [/home/ann/shop]}';
    expect(allowed({ home: 'host' }, { policy }).config.home).toBe('host');
  });
});

it('publishes no port without a network to publish it from', () => {
  const policy = 'network: {mode: internal}\nuser_may: [ports]';
  const { config, notices } = allowed(publish(), { policy });
  expect(config.ports).toEqual([]);
  expect(notices).toHaveLength(1);
});
