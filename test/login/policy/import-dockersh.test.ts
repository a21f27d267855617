import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { importDockersh } from '../../../cli/src/login/policy/import-dockersh.ts';
import { policyOf } from './fixtures.ts';

const imported = (text: string): string => importDockersh(text, '/etc/dockershrc');

/** What the policy says, and the lines about what was not taken over. */
function translated(text: string): { policy: unknown; notes: string[] } {
  const policy = imported(text);
  const lines = policy.split('\n').filter((line) => line.startsWith('#'));
  const notes = lines.slice(lines.indexOf('# Not taken over as it was:') + 1 || Infinity);
  // Whatever comes out can be used.
  policyOf(policy);
  return { policy: parse(policy), notes: notes.map((line) => line.slice(2)) };
}

describe('a configuration of dockersh', () => {
  it('becomes a policy', () => {
    const text = `
; what everybody gets
[dockersh]
imagename = ubuntu:precise   # old
shell = /bin/bash
mounthome
mounttmp = false
dockeropt = -m
dockeropt = 32m
dockeropt = "-v /srv/data:/data:ro"
enableuserconfig
enableusershell = yes
EnableUserUserCwd = on

[user "some\\"admin"]
mounttmp
mountdockersocket
`;
    expect(imported(text))
      .toBe(`# A policy of devenv, made from "/etc/dockershrc", a configuration of dockersh.
# What is not here is as "devenv login install" has it; read it before you use it.
#
# Not taken over as it was:
# dockeropt "-v /srv/data:/data:ro": it may be mounted; devenv.yaml says under "volumes" whether and where.
# shell = "/bin/bash": the shell is the one of the person in the image, bash or sh, or what devenv.yaml says.
# [user "some"admin"] mounttmp = "true": /tmp is not mounted; sessions get the forwarded ssh agent, which it was for.
# [user "some"admin"] mountdockersocket = "true": whoever has the engine’s socket has the host.

images:
  default: ubuntu:precise
home: host
limits:
  memory: 32m
mounts:
  - /srv/data:ro
user_may:
  - shell
  - workspace
overrides:
  - match:
      user: some"admin
    set:
      forward:
        ssh_agent: true
`);
  });

  it.each<[string, object, string[]?]>([
    ['', { images: { default: 'busybox' }, user_may: [] }],
    [
      'imagename = "%u/shell"',
      { user_may: [] },
      [
        'imagename = "%u/shell": a policy has one default image for all; name those of single people in overrides.',
      ],
    ],
    [
      'imagename = Bad Image',
      { user_may: [] },
      ['imagename = "Bad Image": it is not the reference of an image.'],
    ],
    [
      'mounthomefrom = /srv/home/%u',
      {
        repositories: { default: '/srv/home/%u', roots: ['/srv/home/%u'] },
        images: { default: 'busybox' },
        user_may: [],
      },
      [
        'mounthomefrom = "/srv/home/%u": it is where the repository is, and has the same path inside.',
      ],
    ],
    [
      'reverseforward = 3306, 8080:5432',
      {
        images: { default: 'busybox' },
        network: { host_ports: [3306, 5432] },
        user_may: [],
      },
      [
        'reverseforward = "3306, 8080:5432": inside they are ports of the host’s address, not of 127.0.0.1.',
      ],
    ],
    [
      'enableuserconfig\nenableuserimagename',
      { images: { default: 'busybox', allow: ['**'] }, user_may: ['image'] },
      [
        'enableuserimagename = "true": dockersh allowed any image, and so does "**"; better name some.',
      ],
    ],
    // Without enableuserconfig the others had no meaning.
    ['enableuserimagename', { images: { default: 'busybox' }, user_may: [] }],
    [
      'dockeropt = --net=none --cpus 1.5\ndockeropt = --pids-limit\ndockeropt = 100',
      {
        images: { default: 'busybox' },
        network: { mode: 'none' },
        limits: { cpus: 1.5, pids: 100 },
        user_may: [],
      },
    ],
    [
      'dockeropt = --privileged --cap-add SYS_ADMIN -v /etc:/host -m 1m --network host',
      { images: { default: 'busybox' }, user_may: [] },
      [
        'dockeropt "--privileged": options of the engine are not handed on.',
        'dockeropt "--cap-add SYS_ADMIN": options of the engine are not handed on.',
        'dockeropt "-v /etc:/host": it is not a folder that people may get at.',
        'dockeropt "-m 1m": it is not a size, or not one for a container.',
        'dockeropt "--network host": a workspace has a network of its own, or none.',
      ],
    ],
    [
      'containername = %u_dockersh\ncontainerusername = %u\nusercwd = %h\nmounthometo = %h\nentrypoint = internal\ndockersocket = /var/run/docker.sock\nmountdockersocket = no',
      { images: { default: 'busybox' }, user_may: [] },
    ],
  ])('says %j in its own words', (lines, policy, notes = []) => {
    expect(translated(`[dockersh]\n${lines}`)).toEqual({ policy, notes });
  });

  it.each([
    ['containername', 'x', 'names are derived'],
    ['containerusername', 'root', 'everybody is who they are'],
    ['usercwd', '/', 'a session begins in the repository'],
    ['mounthometo', '/opt', 'the home has the same path inside'],
    ['mountdockersocket', 'true', 'has the host'],
    ['dockersocket', '/x.sock', 'never mounted'],
    ['entrypoint', '/sbin/init', 'init: image'],
    ['cmd', '-c', 'no other command'],
    ['enableuserdockeropt', 'true', 'not handed on'],
    ['enablesomething', 'true', 'dockersh knows no such key'],
  ])('names %s, and why it has no place in a policy', (key, value, why) => {
    const { policy, notes } = translated(`[dockersh]\n${key} = ${value}`);
    expect(policy).toEqual({ images: { default: 'busybox' }, user_may: [] });
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain(`${key} = "${value}": `);
    expect(notes[0]).toContain(why);
  });

  it('leaves to a person what everybody may, and what they may beside', () => {
    const text =
      '[dockersh]\nenableuserconfig\nenableusershell\n[user "ann"]\nenableuserimagename\n[user "bob"]\nimagename = node';
    expect(translated(text).policy).toEqual({
      images: { default: 'busybox' },
      user_may: ['shell'],
      overrides: [
        {
          match: { user: 'ann' },
          set: { images: { allow: ['**'] }, user_may: ['image', 'shell'] },
        },
        { match: { user: 'bob' }, set: { images: { default: 'node' } } },
      ],
    });
  });

  it('names sections that mean nothing', () => {
    expect(translated('[other]\na = b').notes).toEqual([
      '[other] in line 1: dockersh knows no such section.',
    ]);
  });

  it.each([
    ['a = b', 1],
    ['[dockersh]\n= b', 2],
    ['[dockersh]\na = "b', 2],
    ['[dockersh', 1],
    ['[dockersh]\n\nimagename: x', 3],
  ])('is not %j', (text, line) => {
    expect(() => imported(text)).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: expect.stringContaining(`Line ${line} of /etc/dockershrc is not INI`),
      }),
    );
  });

  it('goes on behind a backslash, and keeps what is quoted', () => {
    const text = '[dockersh]\ndockeropt = --cpus \\\n  1\nimagename = "x; # y"\n';
    const { policy, notes } = translated(text);
    expect(policy).toMatchObject({ limits: { cpus: 1 } });
    expect(notes).toEqual(['imagename = "x; # y": it is not the reference of an image.']);
  });

  it('always becomes a policy that can be used', () => {
    const keys = [
      ...['imagename', 'mounthomefrom', 'reverseforward', 'dockeropt', 'enableuserconfig', 'shell'],
      ...['enableuserimagename', 'mounthome', 'mounttmp', 'xyz'],
    ];
    const values = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'true',
        '%u',
        '%h/..',
        '/srv/%d',
        '-m 9g',
        '-v /x:/y',
        '-v /a/../etc:/y',
        '70000',
      ),
      fc.constantFrom(
        '-v %h/a:/b',
        '-v /%h:/b',
        '--cpus 1e400',
        '--cpus=0x10',
        '-m 99999999999999999g',
        '/a b',
      ),
    );
    const line = fc
      .tuple(fc.constantFrom(...keys), values)
      .map(([key, value]) => `${key} = "${value.replace(/["\\\r\n]/g, '')}"`);
    const person = fc
      .string({ minLength: 1 })
      .map((name) => name.replace(/["\\\]\r\n]/g, '') || 'x');
    fc.assert(
      fc.property(fc.array(line), person, fc.array(line), (general, name, own) => {
        policyOf(
          imported(`[dockersh]\n${general.join('\n')}\n[user "${name}"]\n${own.join('\n')}`),
        );
      }),
    );
  });
});
