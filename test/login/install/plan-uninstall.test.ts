import { describe, expect, it } from 'vitest';
import { planUninstall } from '../../../cli/src/login/install/plan-uninstall.ts';
import { emptyRecord, type InstallRecord } from '../../../cli/src/login/install/record.ts';
import type { Found, InstallWorld } from '../../../cli/src/login/install/world.ts';
import { file, folder, lines, sha256, world } from './fake-machine.ts';

const library = '/usr/local/lib/devenv';
const sudoers = '/etc/sudoers.d/devenv';
const sshd = '/etc/ssh/sshd_config.d/50-devenv.conf';
const shell = '/usr/local/bin/devenv-shell';
const policy = '/etc/devenv/policy.yaml';

const record: InstallRecord = {
  files: Object.fromEntries(
    [policy, sshd, sudoers, shell, `${library}/bin/devenv.cjs`].map((path) => [
      path,
      [sha256(path)],
    ]),
  ),
  folders: [library, `${library}/bin`, '/etc/devenv', '/var/log/devenv'],
  shells: [shell],
  group: true,
};

const installed: Record<string, Found> = {
  ...Object.fromEntries(Object.keys(record.files).map((path) => [path, file(path)])),
  [library]: folder(['bin', 'installed.json']),
  [`${library}/bin`]: folder(['devenv.cjs']),
  '/etc/devenv': folder(['policy.yaml']),
  '/var/log/devenv': folder(),
  '/etc/shells': file(`/bin/sh\n${shell}\n`),
};

function uninstall(there: Record<string, Found> = {}, change: Partial<InstallWorld> = {}) {
  const on = world({ ...installed, ...there }, { record, ...change });
  const { changes, left } = planUninstall(on.record!, on);
  return { changes: lines(changes), left: left.map(({ path, reason }) => `${path} ${reason}`) };
}

describe('removing the login shell', () => {
  it('takes back what was written: the way to root first, what keeps people from shells last', () => {
    expect(uninstall()).toEqual({
      changes: [
        `remove-file ${sudoers}: devenv wrote it`,
        'edit-file /etc/shells: devenv added this shell',
        `remove-file ${policy}: devenv wrote it`,
        `remove-file ${shell}: devenv wrote it`,
        `remove-file ${library}/bin/devenv.cjs: devenv wrote it`,
        'remove-group devenv: devenv made it',
        `remove-file ${sshd}: devenv wrote it`,
        `remove-folder ${library}/bin: devenv made it`,
        'remove-folder /var/log/devenv: devenv made it',
        'remove-folder /etc/devenv: devenv made it',
        `remove-file ${library}/installed.json: nothing is left to remember`,
        `remove-folder ${library}: devenv made it`,
      ],
      left: [],
    });
  });

  it('leaves what was changed since, with the folder it is in', () => {
    const { changes, left } = uninstall({ [policy]: file('own') });
    expect(left).toEqual([
      `${policy} was changed after devenv had written it`,
      '/etc/devenv holds policy.yaml',
    ]);
    expect(changes.filter((line) => line.includes('/etc/devenv'))).toEqual([]);
  });

  it('leaves what others have put into its folders', () => {
    const { changes, left } = uninstall({
      '/var/log/devenv': folder(['a.4', 'a', 'a.1', 'a.2', 'a.3']),
      [`${library}/bin`]: folder(['devenv.cjs', 'own']),
    });
    expect(left).toEqual([
      `${library}/bin holds own`,
      `${library} holds bin`,
      '/var/log/devenv holds a, a.1, a.2 and 2 more',
    ]);
    expect(changes).not.toContain(`remove-folder ${library}: devenv made it`);
    expect(changes).toContain(`remove-file ${library}/installed.json: nothing is left to remember`);
  });

  it.each<[string, Partial<InstallWorld>, string[]]>([
    [
      'stays while it has members',
      { group: { members: [{ name: 'ann', shell: '/bin/bash' }] } },
      ['the group devenv has members: ann'],
    ],
    ['stays when it was there before', { record: { ...record, group: false } }, []],
    ['that is gone is not removed', { group: undefined }, []],
  ])('the group %s', (_what, change, left) => {
    const plan = uninstall({}, change);
    expect(plan.left).toEqual(left);
    expect(plan.changes).not.toContain('remove-group devenv: devenv made it');
  });

  it('leaves a line of /etc/shells that was there before', () => {
    const { changes } = uninstall({}, { record: { ...record, shells: [] } });
    expect(changes.join('\n')).not.toContain('/etc/shells');
  });

  it('does what is left to do after it was broken off', () => {
    const on = world({ [library]: folder(['installed.json']) }, { record, group: undefined });
    expect(lines(planUninstall(record, on).changes)).toEqual([
      `remove-file ${library}/installed.json: nothing is left to remember`,
      `remove-folder ${library}: devenv made it`,
    ]);
  });

  it('of an empty record removes the record alone', () => {
    const on = world({}, { record: emptyRecord });
    expect(lines(planUninstall(emptyRecord, on).changes)).toEqual([
      `remove-file ${library}/installed.json: nothing is left to remember`,
    ]);
  });
});
