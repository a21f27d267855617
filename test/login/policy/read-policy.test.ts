import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { userMayWords } from '../../../cli/src/login/policy/policy.ts';
import { readPolicy } from '../../../cli/src/login/policy/read-policy.ts';
import policySchema from '../../../devenv-schemas/policy.schema.json' with { type: 'json' };
import { ann, policyOf, problemsOf } from './fixtures.ts';

describe('a policy', () => {
  it('has a safe default for everything', () => {
    const { policy, where } = policyOf('# nothing\n');
    expect(policy).toEqual({
      engine: 'unix:///var/run/docker.sock',
      ownEngine: false,
      repositories: { default: '/home/ann', roots: ['/home/ann'] },
      images: {
        default: 'debian:bookworm-slim',
        allow: ['debian:bookworm-slim'],
        build: false,
        buildNetwork: 'none',
      },
      home: 'user',
      network: { mode: 'isolated', pool: '10.214.0.0/16', deny: ['169.254.0.0/16'], hostPorts: [] },
      limits: { memory: 2 * 1024 ** 3, cpus: 2, pids: 512, disk: undefined, log: 10 * 1024 ** 2 },
      mounts: [],
      sshAgent: false,
      maxSessions: 20,
      idleStop: 8 * 3600,
      userMay: [
        ...['image', 'shell', 'workspace', 'home', 'environment', 'hooks', 'caches', 'volumes'],
        ...['secrets', 'resources'],
      ],
      audit: { to: 'file', path: '/var/log/devenv/audit.log' },
    });
    expect(where('limits.memory')).toBe('the default');
  });

  it('says all of it', () => {
    const text = `
engine: unix:///run/user/%U/docker.sock
repositories: {default: /srv/repos/%u/, roots: ["%h", /srv/./repos/%u]}
images: {default: base, allow: ["node:*", "registry.example.com/team/**"], build: true, build_network: engine}
home: project
network: {mode: internal, pool: 10.9.0.0/20, deny: [10.0.0.0/8], host_ports: [5432]}
limits: {memory: 512m, cpus: "0.5", pids: 99, disk: 20g, log: 1048576}
mounts: ["/srv/data:ro", "/srv/scratch/%u:rw", "%h/100%%"]
forward: {ssh_agent: true}
sessions: {max_per_user: 3}
idle_stop: never
user_may: [hooks]
audit: {syslog: true}
`;
    expect(policyOf(text).policy).toEqual({
      engine: 'unix:///run/user/1000/docker.sock',
      ownEngine: true,
      repositories: { default: '/srv/repos/ann', roots: ['/home/ann', '/srv/repos/ann'] },
      images: {
        default: 'base',
        allow: ['base', 'node:*', 'registry.example.com/team/**'],
        build: true,
        buildNetwork: 'engine',
      },
      home: 'project',
      network: { mode: 'internal', pool: '10.9.0.0/20', deny: ['10.0.0.0/8'], hostPorts: [5432] },
      limits: { memory: 512 * 1024 ** 2, cpus: 0.5, pids: 99, disk: 20 * 1024 ** 3, log: 1048576 },
      mounts: [
        { path: '/srv/data', readOnly: true },
        { path: '/srv/scratch/ann', readOnly: false },
        { path: '/home/ann/100%', readOnly: false },
      ],
      sshAgent: true,
      maxSessions: 3,
      idleStop: undefined,
      userMay: ['hooks'],
      audit: { to: 'syslog' },
    });
  });

  it('names the line of every rule', () => {
    const { where } = policyOf('images:\n  build: true\n  allow:\n    - node\nlimits: {cpus: 1}\n');
    expect(where('images.build')).toBe('/etc/devenv/policy.yaml:2');
    expect(where('images.allow')).toBe('/etc/devenv/policy.yaml:3');
    expect(where('limits.cpus')).toBe('/etc/devenv/policy.yaml:5');
    expect(where('limits.pids')).toBe('the default');
  });
});

describe('the overrides of a policy', () => {
  const text = `
limits: {memory: 1g, pids: 100}
user_may: [hooks, image]
audit: {file: /a}
overrides:
  - match: {group: staff}
    set: {limits: {memory: 2g}, user_may: [hooks], audit: {syslog: true}}
  - match: {user: [bob, 1000]}
    set: {limits: {memory: 3g}}
  - match: {user: carl}
    set: {limits: {memory: 4g}, home: none}
`;

  it('are those about the person; later ones win, maps are merged, lists replaced', () => {
    const { policy, where } = policyOf(text);
    expect(policy.limits).toMatchObject({ memory: 3 * 1024 ** 3, pids: 100 });
    expect(policy.userMay).toEqual(['hooks']);
    expect(policy.audit).toEqual({ to: 'syslog' });
    expect(where('limits.memory')).toBe('/etc/devenv/policy.yaml:9');
    expect(where('limits.pids')).toBe('/etc/devenv/policy.yaml:2');
  });

  it.each<[object, number, string]>([
    [{ uid: 1, name: 'carl', groups: [] }, 4, 'none'],
    [{ uid: 1, name: 'bob', groups: ['staff'] }, 3, 'user'],
    [{ uid: 1, name: 'dora', groups: ['staff'] }, 2, 'user'],
    [{ uid: 1, name: 'dora', groups: ['staffs'] }, 1, 'user'],
    // A name that is made of digits is no uid.
    [{ uid: 1, name: '1000', groups: [] }, 1, 'user'],
  ])('for %j give %d GiB', (person, memory, home) => {
    const { policy } = policyOf(text, { ...ann, ...person });
    expect([policy.limits.memory, policy.home]).toEqual([memory * 1024 ** 3, home]);
  });
});

describe('the mistakes of a policy', () => {
  it.each<[string, string]>([
    ['enigne: unix:///x', '1:1 unknown-key Unknown key: "enigne"'],
    [
      'engine: tcp://10.0.0.1:2375',
      '1:9 bad-value "engine" is not the address of an engine on this host: "tcp://10.0.0.1:2375"',
    ],
    [
      'repositories: {default: "%d/x"}',
      '1:25 bad-value "repositories.default" is not an absolute path, which may begin with %h: "%d/x"',
    ],
    ['repositories: {roots: ["/srv/%d"]}', '1:24 bad-template "%d" has no meaning in "/srv/%d".'],
    ['repositories: {roots: ["/srv/50%"]}', '1:24 bad-template "%" has no meaning in "/srv/50%".'],
    [
      'repositories: {roots: [/srv/../../etc]}',
      '1:24 bad-path "/srv/../../etc" has a step "..", so it is not clear which folder is meant.',
    ],
    ['repositories: {roots: []}', '1:16 bad-value "repositories.roots" is empty.'],
    [
      'images: {default: Debian}',
      '1:19 bad-value "images.default" is not an image reference: "Debian"',
    ],
    [
      'images: {allow: ["node:*", "a b"]}',
      '1:28 bad-value "images.allow[1]" is not a pattern of images: "a b"',
    ],
    [
      'network: {pool: 10.214.0.0}',
      '1:17 bad-value "network.pool" is not a range of IPv4 addresses: "10.214.0.0"',
    ],
    [
      'network: {pool: 10.256.0.0/16}',
      '1:17 bad-range "10.256.0.0/16" is no range of IPv4 addresses.',
    ],
    [
      'network: {deny: [10.0.0.0/33]}',
      '1:18 bad-range "10.0.0.0/33" is no range of IPv4 addresses.',
    ],
    [
      'network: {deny: [10.0.0.1/8]}',
      '1:18 bad-range "10.0.0.1/8" does not begin where the range /8 does.',
    ],
    [
      'network: {pool: 10.214.0.0/30}',
      '1:17 bad-range "10.214.0.0/30" is too small for the networks of workspaces.',
    ],
    [
      'network: {host_ports: [70000]}',
      '1:24 bad-value "network.host_ports[0]" is not a port: "70000"',
    ],
    ['limits: {memory: lots}', '1:18 bad-value "limits.memory" is not a size: "lots"'],
    ['limits: {memory: 1k}', '1:18 bad-size "limits.memory" is too small: "1k"'],
    ['limits: {cpus: 0.001}', '1:16 bad-value "limits.cpus" is too small: "0.001"'],
    ['limits: {pids: 0}', '1:16 bad-value "limits.pids" is not a number of processes: "0"'],
    [
      'mounts: ["data:ro"]',
      '1:10 bad-value "mounts[0]" is not an absolute path with :ro or :rw behind it, or nothing: "data:ro"',
    ],
    ['mounts: ["/etc/ssl:ro"]', '1:10 bad-path "/etc/ssl:ro" can never be mounted: it is in /etc.'],
    [
      'mounts: ["/var/run/docker.sock"]',
      '1:10 bad-path "/var/run/docker.sock" can never be mounted: it is /var/run/docker.sock.',
    ],
    ['mounts: [/proc]', '1:10 bad-path "/proc" can never be mounted: it is /proc.'],
    ['idle_stop: 8', '1:12 wrong-type "idle_stop" must be text, not the number 8.'],
    ['idle_stop: 0h', '1:12 bad-value "idle_stop" is no time at all.'],
    [
      'user_may: [image, privileged]',
      '1:19 bad-value "user_may[1]" must be image, shell, workspace, home, environment, hooks, caches, volumes, secrets, resources, ports, extra_hosts, dns or init, not "privileged".',
    ],
    [
      'audit: {file: /a, syslog: true}',
      '1:1 contradiction "audit" takes either a "file" or "syslog: true".',
    ],
    ['audit: {}', '1:1 missing-key "audit" takes either a "file" or "syslog: true".'],
    ['overrides: [{match: {}, set: {}}]', '1:14 bad-value "overrides[0].match" is empty.'],
    [
      'overrides: [{match: {user: a, group: b}, set: {}}]',
      '1:14 contradiction "match" takes either "user" or "group".',
    ],
    [
      'overrides: [{match: {user: a}, set: {overrides: []}}]',
      '1:38 contradiction There are no "overrides" within overrides.',
    ],
    // They are mistakes whomever they are about.
    [
      'overrides: [{match: {user: zoe}, set: {limits: {memory: 1k}}}]',
      '1:57 bad-size "overrides[0].set.limits.memory" is too small: "1k"',
    ],
    ['- a', '1:1 wrong-type The file must be a map of keys and values; this is a list.'],
  ])('%s', (text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  it('are told all at once, and allow nothing', () => {
    const text = 'home: away\nimages: {allow: ["a b"]}\nnetwork: {pool: 10.0.0.0/99}\n';
    expect(problemsOf(text).map((problem) => problem.split(' ')[0])).toEqual([
      '1:7',
      '2:18',
      '3:17',
    ]);
    expect(readPolicy('/p.yaml', text, ann).policy).toBeUndefined();
  });

  it('are the person’s too, where a name or a home would lead elsewhere', () => {
    const roots = 'repositories: {default: "/srv/%u", roots: ["/srv/%u"]}';
    expect(problemsOf(roots, { ...ann, name: '..' })).toHaveLength(2);
    expect(problemsOf(roots, { ...ann, name: 'a/b' })).toHaveLength(2);
    expect(problemsOf('', { ...ann, home: 'home/ann' })).toEqual([
      '1:1 bad-person The home folder of ann is no absolute path: "home/ann"',
    ]);
  });
});

it('the words of user_may are those of the schema', () => {
  expect(policySchema.properties.user_may.items.enum).toEqual([...userMayWords]);
});

it('whatever the file holds, there is a policy or a mistake', () => {
  const keys = Object.keys(policySchema.properties).filter((key) => key !== 'overrides');
  const files = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue());
  const overridden = fc
    .tuple(files, files)
    .map(([base, set]) => ({ ...base, overrides: [{ match: { user: 'ann' }, set }] }));
  const texts = fc.oneof(
    fc.string(),
    fc.oneof(files, overridden).map((file) => JSON.stringify(file)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const { policy, diagnostics } = readPolicy('/p.yaml', text, ann);
      expect(policy === undefined).toBe(diagnostics.length > 0);
    }),
  );
});
