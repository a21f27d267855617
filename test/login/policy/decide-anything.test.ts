import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Config, Mount, Resources } from '../../../cli/src/config/config.ts';
import { decide } from '../../../cli/src/login/policy/decide.ts';
import { hostPlaces, type PlaceFacts } from '../../../cli/src/login/policy/host-places.ts';
import type { Policy } from '../../../cli/src/login/policy/policy.ts';
import { aWorld } from '../../plan/fixtures.ts';
import { aLoginConfig, policyOf } from './fixtures.ts';

const generous = `
repositories: {roots: ["%h", /srv/repos]}
images: {allow: ["**"], build: true}
user_may: [image, shell, workspace, home, environment, hooks, caches, volumes, secrets, resources, ports, extra_hosts, dns, init]`;

const policies = [
  `${generous}\nmounts: [/, "/srv/data:ro"]`,
  `${generous}\nmounts: ["/srv/data:ro"]`,
];

const rarely = <T>(value: fc.Arbitrary<T>, usual: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: value });

const segment = fc.constantFrom('..', '.', '', 'etc', 'run', 'docker.sock', 'home', 'ann', 'x');
const hostPath = fc.oneof(
  fc.constantFrom('/', '/etc', '/run/docker.sock', '/var/run/docker.sock', '/proc/self/root'),
  fc.constantFrom('/home/ann/shop/x', '/home/ann', '/home/bob', '/srv/data/a', '/srv/repos/b'),
  fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`),
);
const insidePath = fc.oneof(
  hostPath,
  fc.constantFrom('~', '~/x', '~/../..', '/usr', '/lib', '/run/devenv', '/data', '/dev/shm'),
);
const mount: fc.Arbitrary<Mount> = fc.record({
  type: fc.constantFrom('bind', 'volume', 'tmpfs'),
  source: fc.oneof(hostPath, fc.constantFrom('', 'models', 'devenv-uid1001-home')),
  target: insidePath,
  readOnly: fc.boolean(),
});
const words = fc.array(fc.string(), { minLength: 1, maxLength: 2 });
const usual = aLoginConfig();

const config: fc.Arbitrary<Config> = fc.record({
  project: fc.record({
    root: rarely(hostPath, '/home/ann/shop'),
    file: fc.constant(undefined),
    name: fc.string(),
    environment: fc.constantFrom('', 'login', 'test'),
  }),
  image: rarely(
    fc.record({ kind: fc.constant('image' as const), reference: fc.string() }),
    usual.image,
  ),
  user: rarely(fc.constantFrom('root', '0', '1001:0', 'ann'), 'me'),
  shell: fc.constant(undefined),
  init: fc.constantFrom('devenv', 'image'),
  workspace: rarely(insidePath, '/home/ann/shop'),
  home: fc.constantFrom('project', 'user', 'host', 'none'),
  caches: rarely(fc.array(insidePath, { maxLength: 2 }), []),
  mounts: fc.array(mount, { maxLength: 2 }),
  environment: fc.constant({}),
  secrets: fc.constant({}),
  ports: fc.constant([]),
  resources: fc.record({
    cpus: fc.option(fc.double(), { nil: undefined }),
    memory: fc.option(fc.maxSafeInteger(), { nil: undefined }),
    pids: fc.integer(),
    shmSize: fc.option(fc.maxSafeInteger(), { nil: undefined }),
  }),
  security: fc.record({
    capAdd: rarely(words, []),
    capDrop: rarely(words, []),
    privileged: rarely(fc.constant(true), false),
    securityOpt: rarely(words, ['no-new-privileges']),
    devices: rarely(
      fc.constant<Config['security']['devices']>([
        { host: '/dev/sda', container: '/dev/sda', permissions: 'rwm' },
      ]),
      [],
    ),
    gpus: rarely(fc.constantFrom<'all' | number | undefined>('all', 1), undefined),
    sysctls: rarely(fc.constant<Record<string, string>>({ 'kernel.x': '1' }), {}),
    ulimits: fc.constant([]),
  }),
  network: fc.record({
    mode: rarely(fc.constantFrom<string | undefined>('host', 'container:x', 'none'), undefined),
    extraHosts: fc.constant([]),
    dns: fc.constant([]),
  }),
  hooks: fc.constant({}),
  tasks: fc.constant({}),
  watch: fc.constant([]),
  forward: fc.constant(usual.forward),
  idleStop: fc.constant(undefined),
});

const { caller } = aWorld();
const own = ['/home/ann', '/srv/repos', '/srv/data'];
const isBelow = (path: string, folder: string) => `${path}/`.startsWith(`${folder}/`);

/** Where a path leads on this host: some of what is the person's leads elsewhere. */
const elsewhere = fc.constantFrom<(path: string) => string>(
  (path) => path,
  (path) => (path.endsWith('/x') ? '/etc/shadow' : path),
  (path) => (path === '/srv/data/a' ? '/home/bob/a' : path),
  () => '/run/docker.sock',
);

function factsOf(realPath: string): PlaceFacts {
  const isOwn = own.some((folder) => isBelow(realPath, folder));
  return { realPath, problem: isOwn ? undefined : 'belongs to root' };
}

describe.each(policies)('whatever a repository asks for, under %s', (text) => {
  it('no right, no host network and nothing of the host gets through', () => {
    const { policy, where } = policyOf(text);
    let passed = 0;
    fc.assert(
      fc.property(config, elsewhere, (asked, leadsTo) => {
        const source = { mount: asked.project.root, gitFolders: [], dockerfile: undefined };
        const paths = hostPlaces(asked, source, caller);
        const places = new Map(
          paths.map((path) => [path, factsOf(leadsTo(posix.normalize(path)))]),
        );
        const decision = decide({ policy, where, caller, config: asked, source, places });
        if ('denials' in decision) {
          expect(decision.denials).not.toEqual([]);
        } else {
          passed += 1;
          expectConfined(decision.allowed, policy);
        }
      }),
      // The same ones each time: what fails here has to fail again.
      { numRuns: 3000, seed: 20_261 },
    );
    // Were everything denied, this would show nothing.
    expect(passed).toBeGreaterThan(100);
  });
});

function expectConfined(allowed: Config, policy: Policy): void {
  expect(allowed.security).toEqual({
    capAdd: [],
    capDrop: ['ALL'],
    privileged: false,
    securityOpt: ['no-new-privileges'],
    devices: [],
    gpus: undefined,
    sysctls: {},
    ulimits: [],
  });
  expect(allowed.user).toBe('me');
  expect([undefined, 'none']).toContain(allowed.network.mode);
  expect(allowed.confinement).toBeDefined();
  expect(allowed.project.environment).toMatch(/^@login/);
  expectLimited(allowed.resources, policy.limits);
  for (const mount of allowed.mounts) expectHarmless(mount, policy);
  for (const target of [...allowed.mounts.map(({ target }) => target), ...allowed.caches]) {
    expect(target).not.toMatch(/^\/(|usr|etc|proc|sys|dev|run|bin|sbin|lib)$/);
  }
}

/** To the engine, zero and less is no limit. */
function expectLimited({ memory, cpus, pids }: Resources, limits: Policy['limits']): void {
  expect(memory).toBeGreaterThan(0);
  expect(memory).toBeLessThanOrEqual(limits.memory);
  expect(Math.round(cpus! * 100)).toBeGreaterThan(0);
  expect(cpus).toBeLessThanOrEqual(limits.cpus);
  expect(pids).toBeGreaterThan(0);
  expect(pids).toBeLessThanOrEqual(limits.pids);
}

function expectHarmless({ type, source, readOnly }: Mount, { mounts }: Policy): void {
  if (type === 'volume') expect(source).toMatch(/^$|^devenv-uid1000-/);
  if (type !== 'bind') return;
  expect(source).not.toMatch(/^\/(etc|proc|sys|dev)?$|^\/(etc|proc|sys|dev)\//);
  expect(source).not.toMatch(/^\/(var\/)?run(\/docker.*)?$|^\/var$/);
  if (isBelow(source, '/srv/data')) expect(readOnly).toBe(true);
  const anywhere = mounts.some(({ path }) => path === '/');
  if (!anywhere)
    expect(
      own.some((folder) => isBelow(source, folder)),
      source,
    ).toBe(true);
}
