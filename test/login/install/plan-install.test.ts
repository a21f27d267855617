import { describe, expect, it } from 'vitest';
import { planInstall } from '../../../cli/src/login/install/plan-install.ts';
import { emptyRecord, type InstallRecord } from '../../../cli/src/login/install/record.ts';
import { wantedInstall, type Wanted } from '../../../cli/src/login/install/wanted.ts';
import type { Found, InstallWorld } from '../../../cli/src/login/install/world.ts';
import { changed, file, folder, lastRecord, lines, sha256, world } from './fake-machine.ts';

const shells = { '/etc/shells': file('/bin/sh\n/usr/local/bin/devenv-shell\n') };
const remembers =
  'write-record /usr/local/lib/devenv/installed.json: what devenv has written, for updates and "devenv login uninstall"';

/** One file, wanted with the text "new". */
function wanted(change: Partial<Wanted['files'][number]> = {}): Wanted {
  const one = { path: '/etc/one', mode: 0o644, reason: 'is one', content: Buffer.from('new') };
  return { folders: [], files: [{ ...one, ...change }] };
}

function recorded(files: Record<string, string[]>): InstallRecord {
  return {
    ...emptyRecord,
    files: Object.fromEntries(
      Object.entries(files).map(([path, texts]) => [path, texts.map(sha256)]),
    ),
  };
}

function plan(what: Wanted, on: InstallWorld, replace = false) {
  return planInstall(what, on, { replace });
}

describe('on a machine that has nothing of devenv', () => {
  const input = {
    node: '/usr/bin/node',
    program: [
      { path: 'package.json', content: Buffer.from('{}') },
      { path: 'dist/main.cjs', content: Buffer.from('main') },
    ],
    sshd: true,
    timer: true,
    sshAgent: false,
    own: false,
  };
  const bare = world(
    { '/etc/shells': file('/bin/sh\n'), '/etc/ssh/sshd_config.d': folder() },
    { group: undefined },
  );
  const { changes, conflicts } = plan(wantedInstall(input), bare);

  it('everything is made, and sshd is told last', () => {
    expect(conflicts).toEqual([]);
    expect(lines(changes)).toEqual([
      'make-folder /usr/local/lib/devenv: for the program',
      remembers,
      'add-group devenv: the people it is for',
      'make-folder /usr/local/lib/devenv/bin: for the program',
      'make-folder /usr/local/lib/devenv/dist: for the program',
      'make-folder /etc/devenv: for the policy',
      'make-folder /var/lib/devenv: for what devenv remembers',
      'make-folder /var/lib/devenv/login: for what the broker remembers',
      'make-folder /var/log/devenv: for the audit log',
      'write-file /usr/local/lib/devenv/package.json: the program, where nobody but root can change it',
      'write-file /usr/local/lib/devenv/dist/main.cjs: the program, where nobody but root can change it',
      'write-file /usr/local/lib/devenv/login-broker: starts the broker, as root',
      'write-file /etc/systemd/system/devenv-reap.service: stops idle workspaces',
      'write-file /etc/systemd/system/devenv-reap.timer: does so every 10 minutes',
      'write-file /etc/devenv/policy.yaml: what people may have',
      'write-file /etc/sudoers.d/devenv: lets the group start the broker as root, and nothing else',
      'write-file /usr/local/bin/devenv-shell: the login shell',
      'edit-file /etc/shells: lists the login shells that sshd and others accept',
      'write-file /etc/ssh/sshd_config.d/50-devenv.conf: gives the group that shell, and no forwarding',
      remembers,
    ]);
  });

  it('modes are such that others can read what they run, and change nothing', () => {
    const modes = changes.flatMap((change) =>
      'mode' in change ? [`${change.mode.toString(8)} ${change.path}`] : [],
    );
    expect(modes).toEqual([
      '755 /usr/local/lib/devenv',
      '755 /usr/local/lib/devenv/bin',
      '755 /usr/local/lib/devenv/dist',
      '755 /etc/devenv',
      '755 /var/lib/devenv',
      '711 /var/lib/devenv/login',
      '750 /var/log/devenv',
      '644 /usr/local/lib/devenv/package.json',
      '644 /usr/local/lib/devenv/dist/main.cjs',
      '755 /usr/local/lib/devenv/login-broker',
      '644 /etc/systemd/system/devenv-reap.service',
      '644 /etc/systemd/system/devenv-reap.timer',
      '644 /etc/devenv/policy.yaml',
      '440 /etc/sudoers.d/devenv',
      '755 /usr/local/bin/devenv-shell',
      '644 /etc/ssh/sshd_config.d/50-devenv.conf',
    ]);
  });

  it('the record has every file, folder, the shell and the group', () => {
    const record = lastRecord(changes)!;
    expect(Object.keys(record.files)).toHaveLength(9);
    expect(record.folders).toHaveLength(7);
    expect(record).toMatchObject({ shells: ['/usr/local/bin/devenv-shell'], group: true });
  });

  it('a second run has nothing to do', () => {
    const again = plan(wantedInstall(input), changed(bare, changes));
    expect(again).toEqual({ changes: [], conflicts: [] });
  });

  it('a first run that was broken off after any step is finished by the second', () => {
    for (let done = 0; done < changes.length; done += 1) {
      const halfway = changed(bare, changes.slice(0, done));
      const rest = plan(wantedInstall(input), halfway);
      expect(rest.conflicts, String(done)).toEqual([]);
      const end = changed(halfway, rest.changes);
      expect(plan(wantedInstall(input), end).changes, String(done)).toEqual([]);
    }
  });

  it('where people have engines of their own, nothing is for root', () => {
    const own = plan(wantedInstall({ ...input, own: true }), bare);
    const texts = own.changes.flatMap((change) =>
      change.do === 'write-file' && !change.path.endsWith('.cjs') ? [String(change.content)] : [],
    );
    expect(lines(own.changes)).toContain(
      'write-file /usr/local/lib/devenv/login-broker: starts the broker, as whoever logs in',
    );
    expect(texts.join('')).not.toMatch(/sudo/);
  });

  it('the right to start the broker as root goes when people get engines of their own', () => {
    const before = changed(bare, changes);
    const own = plan(wantedInstall({ ...input, own: true }), before);
    expect(own.conflicts).toEqual([]);
    expect(lines(own.changes)).toEqual([
      remembers,
      'write-file /usr/local/lib/devenv/login-broker: devenv’s text is another now',
      'write-file /usr/local/bin/devenv-shell: devenv’s text is another now',
      'remove-file /etc/sudoers.d/devenv: is not needed any more',
      remembers,
    ]);
    expect(lastRecord(own.changes)!.files).not.toHaveProperty(['/etc/sudoers.d/devenv']);
  });

  it('without sshd, nothing of it is touched', () => {
    const without = plan(wantedInstall({ ...input, sshd: false }), bare);
    expect(lines(without.changes).join('\n')).not.toContain('ssh/');
  });
});

describe('a file that', () => {
  it.each<[string, Partial<Wanted['files'][number]>, Found, InstallRecord, string[]]>([
    [
      'devenv wrote with another text is written anew',
      {},
      file('old'),
      recorded({ '/etc/one': ['old'] }),
      [remembers, 'write-file /etc/one: devenv’s text is another now', remembers],
    ],
    [
      'an interrupted update left with either text is written anew',
      {},
      file('older'),
      recorded({ '/etc/one': ['older', 'old'] }),
      [remembers, 'write-file /etc/one: devenv’s text is another now', remembers],
    ],
    ['is as wanted stays', {}, file('new'), recorded({ '/etc/one': ['new'] }), []],
    [
      'is as wanted and not in the record is devenv’s from now on',
      {},
      file('new'),
      emptyRecord,
      [remembers],
    ],
    [
      'others can write to is protected',
      {},
      file('new', 0o666),
      recorded({ '/etc/one': ['new'] }),
      ['set-mode /etc/one: others could change it'],
    ],
    [
      'belongs to somebody else is protected',
      {},
      file('new', 0o644, false),
      recorded({ '/etc/one': ['new'] }),
      ['set-mode /etc/one: others could change it'],
    ],
    [
      'root has closed further stays so',
      {},
      file('new', 0o600),
      recorded({ '/etc/one': ['new'] }),
      [],
    ],
    ['is the administrator’s to change stays', { keep: true }, file('own'), emptyRecord, []],
    [
      'is the administrator’s, and that others can write to, is protected',
      { keep: true },
      file('own', 0o662),
      emptyRecord,
      ['set-mode /etc/one: others could change it'],
    ],
    [
      'is the administrator’s link elsewhere stays',
      { keep: true },
      { kind: 'other', what: 'a symbolic link' },
      emptyRecord,
      [],
    ],
  ])('%s', (_what, change, found, record, expected) => {
    const on = world({ ...shells, '/etc/one': found }, { record });
    const { changes, conflicts } = plan(wanted(change), on);
    expect(conflicts).toEqual([]);
    expect(lines(changes)).toEqual(expected);
  });

  it.each<[string, Found, InstallRecord, string]>([
    [
      'devenv has not written is a conflict',
      file('own'),
      emptyRecord,
      'is there already, and not from devenv',
    ],
    [
      'was changed since is a conflict',
      file('own'),
      recorded({ '/etc/one': ['old'] }),
      'was changed after devenv had written it',
    ],
    [
      'is a link is a conflict',
      { kind: 'other', what: 'a symbolic link' },
      recorded({ '/etc/one': ['new'] }),
      'is a symbolic link, which devenv does not replace',
    ],
    [
      'is a folder is a conflict',
      folder(),
      emptyRecord,
      'is a folder, which devenv does not replace',
    ],
  ])('%s', (_what, found, record, reason) => {
    const { conflicts } = plan(wanted(), world({ ...shells, '/etc/one': found }, { record }));
    const before = found.kind === 'file' ? 'own' : undefined;
    expect(conflicts).toEqual([{ path: '/etc/one', reason, before, after: 'new' }]);
  });

  it('devenv has not written is replaced where that was asked for', () => {
    const { changes, conflicts } = plan(
      wanted(),
      world({ ...shells, '/etc/one': file('own') }),
      true,
    );
    expect(conflicts).toEqual([]);
    expect(lines(changes)).toContain('write-file /etc/one: replaces another text');
    expect(lastRecord(changes)).toEqual(recorded({ '/etc/one': ['new'] }));
  });

  it('is being written may have the old or the new text until the end', () => {
    const record = recorded({ '/etc/one': ['old'] });
    const { changes } = plan(wanted(), world({ ...shells, '/etc/one': file('old') }, { record }));
    const records = changes.flatMap((change) =>
      change.do === 'write-record' ? [change.record] : [],
    );
    expect(records).toEqual([
      recorded({ '/etc/one': ['old', 'new'] }),
      recorded({ '/etc/one': ['new'] }),
    ]);
  });
});

describe('what is no longer wanted', () => {
  const old = '/usr/local/lib/devenv/dist/old.cjs';

  it.each<[string, string, Record<string, Found>, string[]]>([
    [
      'goes when it is a part of an older program',
      old,
      { [old]: file('old') },
      [remembers, `remove-file ${old}: is not needed any more`, remembers],
    ],
    ['stays when somebody has changed it', old, { [old]: file('own') }, [remembers]],
    ['is forgotten when it is not there', old, {}, [remembers]],
    [
      'stays when it is not a part of the program',
      '/etc/ssh/sshd_config.d/50-devenv.conf',
      { '/etc/ssh/sshd_config.d/50-devenv.conf': file('old') },
      [],
    ],
  ])('%s', (_what, path, there, expected) => {
    const record = recorded({ '/etc/one': ['new'], [path]: ['old'] });
    const on = world({ ...shells, '/etc/one': file('new'), ...there }, { record });
    expect(lines(plan(wanted(), on).changes)).toEqual(expected);
  });
});

describe('/etc/shells that is not there', () => {
  it('is a conflict: a list of one shell would take the others from everybody', () => {
    const { conflicts } = plan(wanted(), world({}));
    expect(conflicts).toMatchObject([{ path: '/etc/shells' }]);
  });
});
