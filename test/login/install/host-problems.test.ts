import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../../../cli/src/login/install/host-facts.ts';
import { hostProblems } from '../../../cli/src/login/install/host-problems.ts';

const ready: HostFacts = {
  node: '/usr/bin/node',
  writable: [],
  closed: [],
  missing: [],
  shellIsPrivate: true,
  sudoersIncludes: true,
  sshd: { includes: true, settings: new Map([['permituserenvironment', 'no']]) },
  policy: '',
};

const ownEngines = 'engine: unix:///run/user/%U/docker.sock\n';

describe('what stands against installing', () => {
  it.each<[string, Partial<HostFacts>, string[]]>([
    ['nothing, on a machine that is ready', {}, []],
    ['nothing, without sshd', { sshd: undefined }, []],
    [
      'a missing program, and only that',
      { missing: [{ program: '/usr/bin/sudo', from: 'sudo' }], sudoersIncludes: false },
      ['/usr/bin/sudo is not there: install the package sudo.'],
    ],
    [
      'a folder that others can write to',
      { writable: ['/usr/local (the group 50 may write to it)'] },
      [
        'Others than root can change what root would run: /usr/local (the group 50 may write to it). Give it to root ("chown root:root PATH") and take the right away ("chmod go-w PATH").',
      ],
    ],
    [
      'a node of somebody else',
      {
        node: '/home/ann/node',
        writable: ['/home/ann (belongs to uid 1000)', '/home/ann/node (belongs to uid 1000)'],
      },
      [
        'Others than root can change what root would run: /home/ann (belongs to uid 1000), /home/ann/node (belongs to uid 1000). Give it to root ("chown root:root PATH") and take the right away ("chmod go-w PATH"), or run devenv with a node that is root’s, such as the distribution’s.',
      ],
    ],
    [
      'a path of node that scripts would take for something else',
      { node: '/opt/$(id)/node' },
      ['The path "/opt/$(id)/node" of node has characters that scripts misread.'],
    ],
    [
      'an sh without -p',
      { shellIsPrivate: false },
      ['/bin/sh does not know -p: make it dash 0.5.11 or later, or bash.'],
    ],
    [
      'sudoers without drop-ins',
      { sudoersIncludes: false },
      [
        '/etc/sudoers does not read its drop-ins: add the line "@includedir /etc/sudoers.d" with visudo.',
      ],
    ],
    [
      'an environment that people choose, and no drop-ins of sshd',
      { sshd: { includes: false, settings: new Map([['permituserenvironment', 'LANG,LC_*']]) } },
      [
        '/etc/ssh/sshd_config does not read its drop-ins: add the line "Include /etc/ssh/sshd_config.d/*.conf" at its top.',
        'sshd has PermitUserEnvironment LANG,LC_*, by which people choose what code their login shell loads, and no Match block can undo it: set it to "no".',
      ],
    ],
    [
      'a configuration that sshd does not accept',
      { sshd: { includes: true, settings: { complaint: ['line 3: bad'] } } },
      ['sshd does not accept its configuration: line 3: bad'],
    ],
    ['nothing, where node is root’s alone and root runs it', { closed: ['/root'] }, []],
    [
      'nothing, where people have engines of their own, and there is no sudo',
      {
        policy: `${ownEngines}audit: {syslog: true}\n`,
        missing: [{ program: '/usr/bin/sudo', from: 'sudo' }],
        sudoersIncludes: false,
      },
      [],
    ],
    [
      'where people have engines of their own, a log that only root can write, and a node of root’s',
      { policy: ownEngines, node: '/root/node', closed: ['/root'] },
      [
        'The policy has its audit log in /var/log/devenv/audit.log, which only root may write to: where people have engines of their own it says "audit: {syslog: true}".',
        '/root/node, which people would run, is closed to them by /root: run devenv with the distribution’s node.',
      ],
    ],
    [
      'engines of both kinds',
      { policy: `overrides: [{match: {user: ann}, set: {${ownEngines.trim()}}}]\n` },
      [
        '/etc/devenv/policy.yaml has an engine for everybody and people’s own beside each other: either each "engine" in it names the person (%U, %u, %h), or none does.',
      ],
    ],
  ])('%s', (_what, change, problems) => {
    expect(hostProblems({ ...ready, ...change })).toEqual(problems);
  });
});
