import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validateConfig } from '../../../cli/src/login/policy/validate-config.ts';
import { configOf } from '../../config/memory-host.ts';
import { aLoginConfig } from './fixtures.ts';

type Changes = Record<string, unknown>;

const source = { mount: '/home/ann/shop', gitFolders: ['/home/ann/shop.git'], dockerfile: 'ab12' };
const loaded = (config: Changes = {}, changes: Changes = {}): unknown =>
  JSON.parse(
    JSON.stringify({ config: { ...aLoginConfig(), ...config }, source, warnings: [], ...changes }),
  );

/** What is wrong with it. */
function details(data: unknown): string[] {
  try {
    validateConfig(data);
    return [];
  } catch (error) {
    expect(error).toMatchObject({ code: 'denied', exitCode: 5 });
    return (error as { details: string[] }).details;
  }
}

const everything = `
name: shop
build: {context: ., dockerfile: D, target: a, args: {A: b}, secrets: [S], cache_from: [x], platform: linux/amd64, registry: r.example.com/x, trust: host}
user: node
shell: /bin/zsh
init: image
workspace: /srv/shop
home: none
caches: [a, ~/.npm, /var/c]
volumes: ["./data:/data:ro", "vol:/v", "/anonymous", {type: tmpfs, target: /t}]
environment: {A: "line\\nline"}
secrets: {S: {environment: S}, F: {file: f}}
ports: [80, "127.0.0.1:1:2/udp"]
cpus: 1.5
mem_limit: 1g
pids_limit: -1
shm_size: 1m
cap_add: [A]
cap_drop: [B]
devices: [/dev/kvm]
gpus: 1
security_opt: [apparmor=x]
sysctls: {a.b: "1"}
ulimits: {nofile: 1}
extra_hosts: ["a:1.2.3.4", "b=::1", "c:host-gateway"]
dns: [1.1.1.1]
privileged: true
network_mode: bridge
hooks: {create: a, start: [b, c], attach: {d: e, f: [g]}}
tasks: {t: {a: b}}
watch: [{path: a, action: restart}, {path: b, run: c}]
idle_stop: 1h
`;

describe('what a child has read', () => {
  it('is taken as it is where it is a Config', () => {
    const data = loaded({}, { warnings: ['One.\nTwo.'] });
    expect(validateConfig(data)).toEqual({
      config: aLoginConfig(),
      source,
      warnings: ['One.\nTwo.'],
    });
  });

  it('may have every key of one', () => {
    const files = { '/project/data/': '', '/project/D': '', '/project/f': '' };
    const config = configOf(everything, { files });
    expect(validateConfig(loaded({ ...config })).config).toEqual(config);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['a text', 'x'],
    ['nothing', {}],
    ['no source', loaded({}, { source: undefined })],
    ['a key of its own', loaded({ confinement: { network: 'none' } })],
    ['a key of its own beside', loaded({}, { root: true })],
    ['a key of its own in the source', loaded({}, { source: { ...source, x: 1 } })],
    ['a wrong type', loaded({ caches: 'x' })],
    ['a wrong type inside', loaded({ caches: [1] })],
    ['a truth in words', loaded({ security: { ...aLoginConfig().security, privileged: 'no' } })],
    ['half an image', loaded({ image: { kind: 'image' } })],
    ['a parallel command in another', loaded({ tasks: { t: parallel(parallel({})) } })],
    ['a number that is none', { ...(loaded() as object), source: Infinity }],
  ])('is refused with %s', (_what, data) => {
    expect(details(data)).not.toEqual([]);
  });

  const project = aLoginConfig().project;
  const mount = { type: 'bind', source: '/a', target: '/b', readOnly: false };
  const port = { container: 1, protocol: 'tcp', hostIp: '127.0.0.1', host: 1, exact: true };

  it.each<[string, Changes, Changes?]>([
    ['project.root cannot be "shop"', { project: { ...project, root: 'shop' } }],
    ['project.root cannot be "/a/../b"', { project: { ...project, root: '/a/../b' } }],
    ['project.root cannot be "/a/"', { project: { ...project, root: '/a/' } }],
    ['project.root cannot be "/a//b"', { project: { ...project, root: '/a//b' } }],
    ['project.root cannot be "/a\\nb"', { project: { ...project, root: '/a\nb' } }],
    ['project.root cannot be "/a\\u001b[2J"', { project: { ...project, root: '/a\u001b[2J' } }],
    ['project.file cannot be "x"', { project: { ...project, file: 'x' } }],
    ['project.name cannot be ""', { project: { ...project, name: '' } }],
    ['project.environment cannot be "@login"', { project: { ...project, environment: '@login' } }],
    ['image cannot be ""', { image: { kind: 'image', reference: '' } }],
    ['image cannot be "../x"', { image: { kind: 'image', reference: '../x' } }],
    ['user cannot be "a b"', { user: 'a b' }],
    ['shell cannot be "sh"', { shell: 'sh' }],
    ['workspace cannot be "/a/./b"', { workspace: '/a/./b' }],
    ['caches cannot be "a"', { caches: ['a'] }],
    ['caches cannot be "~/../x"', { caches: ['~/../x'] }],
    ['caches cannot be "~"', { caches: ['~'] }],
    ['mounts.source cannot be "a"', { mounts: [{ ...mount, source: 'a' }] }],
    ['mounts.source cannot be "/a"', { mounts: [{ ...mount, type: 'volume' }] }],
    ['mounts.source cannot be "/a"', { mounts: [{ ...mount, type: 'tmpfs' }] }],
    ['mounts.target cannot be "b"', { mounts: [{ ...mount, target: 'b' }] }],
    ['environment cannot be "A=B"', { environment: { 'A=B': '' } }],
    ['environment cannot be ""', { environment: { '': '' } }],
    ['secrets.path cannot be "a"', { secrets: { A: { from: 'file', path: 'a' } } }],
    ['ports cannot be 0', { ports: [{ ...port, host: 0 }] }],
    ['ports cannot be 65536', { ports: [{ ...port, container: 65536 }] }],
    ['ports.hostIp cannot be "x"', { ports: [{ ...port, hostIp: 'x' }] }],
    ['network.extraHosts cannot be "a"', { network: { extraHosts: ['a'], dns: [] } }],
    ['network.dns cannot be "a"', { network: { extraHosts: [], dns: ['a'] } }],
    ['source.mount cannot be "."', {}, { source: { ...source, mount: '.' } }],
    ['source.gitFolders cannot be "x"', {}, { source: { ...source, gitFolders: ['x'] } }],
    [
      'source.gitFolders are too many',
      {},
      { source: { ...source, gitFolders: Array.from({ length: 17 }, () => '/a') } },
    ],
    ['source.dockerfile cannot be "/etc"', {}, { source: { ...source, dockerfile: '/etc' } }],
    ['warnings cannot be "\\u001b[2J"', {}, { warnings: ['\u001b[2J'] }],
    ['a text has a NUL in it', { environment: { A: 'a\0b' } }],
    ['a text has a NUL in it', { environment: { 'A\0': 'b' } }],
    ['a text is longer than 131072 characters', { environment: { A: 'a'.repeat(131_073) } }],
    ['something has more than 1000 entries', { caches: Array.from({ length: 1001 }, () => '/a') }],
  ])('%s', (detail, config, changes) => {
    expect(details(loaded(config, changes))).toEqual([detail]);
  });

  it('may not be nested without end', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`);
    expect(details(deep)).toEqual(['something is nested too deep']);
  });

  it('may not change what objects are', () => {
    const text = JSON.stringify(loaded()).replace(
      '"environment":{}',
      '"environment":{"__proto__":"x"}',
    );
    expect(details(JSON.parse(text))).toEqual(['a key is __proto__']);
  });

  it('is either a Config or refused, whatever it is', () => {
    const keys = Object.keys(aLoginConfig()).filter((key) => key !== 'shell' && key !== 'idleStop');
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
        const data = loaded({ [key]: value });
        try {
          validateConfig(data);
        } catch (error) {
          expect(error).toMatchObject({ code: 'denied' });
        }
      }),
    );
  });
});

function parallel(command: object): object {
  return { kind: 'parallel', commands: { a: command } };
}
