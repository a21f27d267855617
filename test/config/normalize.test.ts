import { describe, expect, it } from 'vitest';
import type { Config } from '../../cli/src/config/config.ts';
import { configOf, type Given } from './memory-host.ts';

/** Text of the file (`image: x` goes before), and the part of the Config that comes of it. */
type Row = [text: string, expected: Partial<Config>, given?: Given];

function table(title: string, rows: Row[]): void {
  describe(title, () => {
    it.each(rows)('%j', (text, expected, given) => {
      expect(configOf(`image: x\n${text}`, given)).toMatchObject(expected);
    });
  });
}

const shell = (script: string) => ({ kind: 'shell' as const, script });
const port = (container: number, host = container, exact = false, more = {}) => ({
  container,
  host,
  exact,
  hostIp: '127.0.0.1',
  protocol: 'tcp' as const,
  ...more,
});

it('fills in every default', () => {
  expect(configOf('image: x')).toEqual({
    project: { root: '/project', file: '/project/devenv.yaml', name: 'project', environment: '' },
    image: { kind: 'image', reference: 'x' },
    user: 'me',
    shell: undefined,
    init: 'devenv',
    workspace: '/project',
    home: 'project',
    caches: [],
    mounts: [],
    environment: {},
    secrets: {},
    ports: [],
    resources: { cpus: undefined, memory: undefined, pids: 4096, shmSize: undefined },
    security: {
      capAdd: [],
      capDrop: [],
      privileged: false,
      securityOpt: ['no-new-privileges'],
      devices: [],
      gpus: undefined,
      sysctls: {},
      ulimits: [],
    },
    network: { mode: undefined, extraHosts: [], dns: [] },
    hooks: {},
    tasks: {},
    watch: [],
    forward: { sshAgent: true, gitCredentials: true, caCertificates: true, proxy: true },
    idleStop: undefined,
  });
});

describe('build', () => {
  const files = { '/project/Dockerfile': '', '/project/sub/': '', '/project/sub/dev': '' };

  it.each([
    ['build: .', { context: '/project', dockerfile: '/project/Dockerfile' }],
    ['build: {}', { context: '/project', dockerfile: '/project/Dockerfile' }],
    [
      'build: {context: sub, dockerfile: dev, target: t, platform: linux/arm64, cache_from: [c]}',
      {
        context: '/project/sub',
        dockerfile: '/project/sub/dev',
        target: 't',
        platform: 'linux/arm64',
        cacheFrom: ['c'],
      },
    ],
    ['build: {args: {A: 1, B: true, C: }}', { args: { A: '1', B: 'true', C: 'from outside' } }],
    ['build: {args: [A=1, C, D]}', { args: { A: '1', C: 'from outside' } }],
    ['build: {trust: host}', { trustsHost: true, registry: undefined }],
    [
      'build: {registry: "localhost:5000/team/shop"}',
      { trustsHost: false, registry: 'localhost:5000/team/shop' },
    ],
    ['secrets: {S: {environment: S}}\nbuild: {secrets: [S]}', { secrets: ['S'] }],
  ])('%j', (text, expected) => {
    const { image } = configOf(text, { files, environment: { C: 'from outside' } });
    expect(image).toMatchObject({ kind: 'build', ...expected });
  });
});

table('environment', [
  [
    'environment: {A: 1.10, B: true, C: "", D: 010, E: 1e3, HERE: , GONE: }',
    { environment: { A: '1.10', B: 'true', C: '', D: '010', E: '1e3', HERE: 'h' } },
    { environment: { HERE: 'h' } },
  ],
  [
    'environment: [A=1, B=x=y, C=, HERE, GONE]',
    { environment: { A: '1', B: 'x=y', C: '', HERE: 'h' } },
    { environment: { HERE: 'h' } },
  ],
  ['environment: {constructor: x}', { environment: { constructor: 'x' } }],
  [
    'env_file: [a.env, {path: b.env}, {path: gone, required: false}]\nenvironment: {C: mine}',
    { environment: { A: 'b', B: 'b', C: 'mine' } },
    { files: { '/project/a.env': 'A=a\nC=a', '/project/b.env': 'A=b\nB=b' } },
  ],
]);

table('mounts', [
  [
    'volumes: ["./data:/data:ro", "~/x:~/y/", vol:/v, /anonymous]',
    {
      mounts: [
        { type: 'bind', source: '/project/data', target: '/data', readOnly: true },
        { type: 'bind', source: '/home/me/x', target: '~/y', readOnly: false },
        { type: 'volume', source: 'vol', target: '/v', readOnly: false },
        { type: 'volume', source: '', target: '/anonymous', readOnly: false },
      ],
    },
    { files: { '/project/data/': '', '/home/me/x': '' } },
  ],
  [
    'volumes:\n  - {type: bind, source: data, target: /d, read_only: true}\n  - {type: tmpfs, target: /t}\n  - {source: vol, target: /v}\n  - {source: ./data, target: /e}',
    {
      mounts: [
        { type: 'bind', source: '/project/data', target: '/d', readOnly: true },
        { type: 'tmpfs', source: '', target: '/t', readOnly: false },
        { type: 'volume', source: 'vol', target: '/v', readOnly: false },
        { type: 'bind', source: '/project/data', target: '/e', readOnly: false },
      ],
    },
    { files: { '/project/data/': '' } },
  ],
  [
    'caches: [node_modules, ./a//b/, ~/.npm, /var/cache]',
    { caches: ['/project/node_modules', '/project/a/b', '~/.npm', '/var/cache'] },
  ],
  ['workspace: /srv/x/\ncaches: [a]', { workspace: '/srv/x', caches: ['/srv/x/a'] }],
]);

table('ports', [
  ['ports: [3000, "8080:80"]', { ports: [port(3000), port(80, 8080, true)] }],
  ['ports: ["5353:53/udp"]', { ports: [port(53, 5353, true, { protocol: 'udp' })] }],
  ['ports: ["0.0.0.0:80:80"]', { ports: [port(80, 80, true, { hostIp: '0.0.0.0' })] }],
  ['ports: ["127.0.0.2::80"]', { ports: [port(80, 80, false, { hostIp: '127.0.0.2' })] }],
  ['ports: ["[::1]:81:80"]', { ports: [port(80, 81, true, { hostIp: '::1' })] }],
  ['ports: [3000-3001]', { ports: [port(3000), port(3001)] }],
  ['ports: ["90-91:80-81"]', { ports: [port(80, 90, true), port(81, 91, true)] }],
  [
    'ports: [{target: 80, published: "8080", host_ip: 0.0.0.0, protocol: udp}, {target: 81}]',
    { ports: [port(80, 8080, true, { hostIp: '0.0.0.0', protocol: 'udp' }), port(81)] },
  ],
]);

table('limits', [
  ['cpus: 1.5\nmem_limit: 4g', { resources: { cpus: 1.5, memory: 4 * 1024 ** 3 } as never }],
  ['cpus: ".5"\nmem_limit: 1.5GiB', { resources: { cpus: 0.5, memory: 1.5 * 1024 ** 3 } as never }],
  ['mem_limit: 10000000', { resources: { memory: 10_000_000 } as never }],
  ['shm_size: 64mb\npids_limit: -1', { resources: { shmSize: 64 * 1024 ** 2, pids: -1 } as never }],
  ['idle_stop: 1d2h3m4s', { idleStop: 86400 + 7200 + 180 + 4 }],
]);

table('security and network', [
  [
    'cap_add: [CAP_SYS_PTRACE]\ncap_drop: [net_admin]\nprivileged: true\ngpus: 2',
    {
      security: {
        capAdd: ['SYS_PTRACE'],
        capDrop: ['NET_ADMIN'],
        privileged: true,
        gpus: 2,
      } as never,
    },
  ],
  [
    'devices: [/dev/kvm, "/dev/a:/dev/b:r", "/dev/c:rw", {source: /dev/d}]',
    {
      security: {
        devices: [
          { host: '/dev/kvm', container: '/dev/kvm', permissions: 'rwm' },
          { host: '/dev/a', container: '/dev/b', permissions: 'r' },
          { host: '/dev/c', container: '/dev/c', permissions: 'rw' },
          { host: '/dev/d', container: '/dev/d', permissions: 'rwm' },
        ],
      } as never,
    },
  ],
  [
    'security_opt: ["no-new-privileges:false", "seccomp:s.json", apparmor=x]',
    { security: { securityOpt: ['seccomp={"a":1}', 'apparmor=x'] } as never },
    { files: { '/project/s.json': '{ "a": 1 }' } },
  ],
  [
    'security_opt: [seccomp=unconfined]',
    { security: { securityOpt: ['no-new-privileges', 'seccomp=unconfined'] } as never },
  ],
  [
    'ulimits: {nofile: 10, nproc: {soft: 1, hard: -1}}\nsysctls: [a.b=1]\ngpus: all',
    {
      security: {
        ulimits: [
          { name: 'nofile', soft: 10, hard: 10 },
          { name: 'nproc', soft: 1, hard: -1 },
        ],
        sysctls: { 'a.b': '1' },
        gpus: 'all',
      } as never,
    },
  ],
  [
    'extra_hosts: ["a:1.2.3.4", "b=::1", "c:host-gateway"]\ndns: 9.9.9.9\nnetwork_mode: host',
    {
      network: {
        mode: 'host',
        extraHosts: ['a:1.2.3.4', 'b:::1', 'c:host-gateway'],
        dns: ['9.9.9.9'],
      },
    },
  ],
  [
    'extra_hosts: {a: 1.2.3.4}\ndns: [9.9.9.9, "::1"]',
    { network: { extraHosts: ['a:1.2.3.4'], dns: ['9.9.9.9', '::1'] } as never },
  ],
]);

table('commands', [
  [
    'hooks: {create: npm ci, start: [a, b], attach: {x: y, z: [w]}}',
    {
      hooks: {
        create: shell('npm ci'),
        start: { kind: 'argv', argv: ['a', 'b'] },
        attach: {
          kind: 'parallel',
          commands: { x: shell('y'), z: { kind: 'argv', argv: ['w'] } },
        },
      },
    },
  ],
  ['tasks: {test: "echo $HOME ${X} $$"}', { tasks: { test: shell('echo $HOME ${X} $$') } }],
  [
    'watch: [{path: a, action: restart}, {path: b, run: c}]',
    {
      watch: [
        { path: 'a', action: 'restart', run: undefined },
        { path: 'b', action: 'run', run: shell('c') },
      ],
    },
  ],
]);

table('secrets', [
  [
    'secrets: {A: {environment: B}, C: {file: c.txt}, E: {file: ~/e}}',
    {
      secrets: {
        A: { from: 'environment', name: 'B' },
        C: { from: 'file', path: '/project/c.txt' },
        E: { from: 'file', path: '/home/me/e' },
      },
    },
    { files: { '/project/c.txt': '', '/home/me/e': '' } },
  ],
]);

table('anchors and merge keys', [
  [
    'x-common: &common {A: 1, B: 2}\nenvironment: {<<: *common, B: 3}',
    { environment: { A: '1', B: '3' } },
  ],
  [
    'x-a: &a {A: 1}\nx-b: &b {A: 2, B: 2}\nenvironment: {<<: [*a, *b]}',
    { environment: { A: '1', B: '2' } },
  ],
  [
    'x-t: &t npm test\ntasks: {a: *t, b: *t}',
    { tasks: { a: shell('npm test'), b: shell('npm test') } },
  ],
]);

table('variables', [
  ['name: ${N:-shop}', { project: { name: 'shop' } as never }],
  [
    'cpus: ${CPUS:-2}\nprivileged: ${P:-true}',
    { resources: { cpus: 2 } as never, security: { privileged: true } as never },
  ],
  [
    'environment: {V: "${V}", W: "${V}"}',
    { environment: { V: '1.10', W: '1.10' } },
    { environment: { V: '1.10' } },
  ],
  ['ports: ["${P}:80"]', { ports: [port(80, 8080, true)] }, { environment: { P: '8080' } }],
  ['environment: {A: "$$HOME $${X}"}', { environment: { A: '$HOME ${X}' } }],
  [
    'environment: {A: "${A}", B: "${B}"}',
    { environment: { A: 'environment', B: '.env' } },
    { environment: { A: 'environment' }, files: { '/project/.env': 'A=.env\nB=.env' } },
  ],
]);

describe('records', () => {
  it('hold only what the file says, whatever the name', () => {
    const { tasks, environment, secrets } = configOf('image: x');
    for (const record of [tasks, environment, secrets]) {
      expect('constructor' in record || '__proto__' in record).toBe(false);
    }
  });
});

describe("the person's settings", () => {
  const settings = {
    image: 'mine',
    shell: '/bin/zsh',
    forward: { proxy: false, ssh_agent: false },
  };

  it('stand in for what the file does not say', () => {
    const config = configOf('forward: {ssh_agent: true}', { settings });
    expect(config.image).toEqual({ kind: 'image', reference: 'mine' });
    expect(config.shell).toBe('/bin/zsh');
    expect(config.forward).toMatchObject({ proxy: false, sshAgent: true, caCertificates: true });
  });

  it('give way to the file', () => {
    const config = configOf('image: x\nshell: /bin/sh', { settings });
    expect(config.image).toEqual({ kind: 'image', reference: 'x' });
    expect(config.shell).toBe('/bin/sh');
  });

  it('can hold the home that a policy gives to those who do not say', () => {
    const given = { settings: { home: 'user' as const } };
    expect(configOf('image: x', given).home).toBe('user');
    expect(configOf('image: x\nhome: project', given).home).toBe('project');
  });
});

describe('devenv.local.yaml', () => {
  const merged = (base: string, local: string): Config =>
    configOf(base, { local, files: { '/project/Dockerfile': '' } });

  it('is merged key by key', () => {
    const config = merged(
      'image: x\nenvironment: [A=1, B=2]\nforward: {proxy: false}',
      'environment: {B: 3}\nforward: {ssh_agent: false}\nuser: root',
    );
    expect(config.environment).toEqual({ A: '1', B: '3' });
    expect(config.forward).toMatchObject({ proxy: false, sshAgent: false });
    expect(config.user).toBe('root');
  });

  it('adds to lists, each entry once', () => {
    const config = merged(
      'image: x\nports: [80, 81]\ncaches: [a]\ncap_add: [A]\ndns: 1.1.1.1',
      'ports: [81, 82]\ncaches: [b]\ncap_add: [A, B]\ndns: [2.2.2.2]',
    );
    expect(config.ports.map(({ container }) => container)).toEqual([80, 81, 82]);
    expect(config.caches).toEqual(['/project/a', '/project/b']);
    expect(config.security.capAdd).toEqual(['A', 'B']);
    expect(config.network.dns).toEqual(['1.1.1.1', '2.2.2.2']);
  });

  it('replaces commands and secrets as a whole', () => {
    const config = merged(
      'image: x\ntasks: {t: {a: b}, u: v}\nhooks: {create: [a, b]}\nsecrets: {S: {environment: A}}',
      'tasks: {t: {c: d}}\nhooks: {create: [c]}\nsecrets: {S: {command: x}}',
    );
    expect(config.tasks).toEqual({
      t: { kind: 'parallel', commands: { c: shell('d') } },
      u: shell('v'),
    });
    expect(config.hooks.create).toEqual({ kind: 'argv', argv: ['c'] });
    expect(config.secrets.S).toEqual({ from: 'command', command: shell('x') });
  });

  it('may build what the project takes ready, and the other way round', () => {
    expect(merged('image: x', 'build: .').image.kind).toBe('build');
    expect(merged('build: {target: t}', 'image: x').image).toEqual({
      kind: 'image',
      reference: 'x',
    });
  });
});
