import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyChanges } from '../../../cli/src/login/install/apply-changes.ts';
import type { Machine } from '../../../cli/src/login/install/machine.ts';
import {
  prepareInstall,
  type InstallRequest,
} from '../../../cli/src/login/install/prepare-install.ts';
import { prepareUninstall } from '../../../cli/src/login/install/prepare-uninstall.ts';
import { folderMachine, listing, overwrite, request } from './folder-machine.ts';

async function install(machine: Machine, change: Partial<InstallRequest> = {}): Promise<void> {
  const { changes, conflicts } = await prepareInstall(request(machine, change));
  expect(conflicts).toEqual([]);
  await applyChanges(machine, changes);
}

async function uninstall(machine: Machine): Promise<void> {
  const plan = await prepareUninstall(machine);
  await applyChanges(machine, plan!.changes);
}

function names({ root }: Machine, path: string): Promise<string[]> {
  return readdir(join(root, path));
}

function read({ root }: Machine, path: string): Promise<string> {
  return readFile(join(root, path), 'utf8');
}

describe('installing into a folder', () => {
  it('puts every file there, with its mode, whatever the umask', async () => {
    const machine = await folderMachine();
    const before = process.umask(0o077);
    await install(machine, { timer: true }).finally(() => process.umask(before));
    const lines = (await listing(machine.root)).map((line) => line.split(':')[0]);
    expect(lines).toEqual(
      expect.arrayContaining([
        '755 etc/devenv',
        '644 etc/devenv/policy.yaml',
        '644 etc/ssh/sshd_config.d/50-devenv.conf',
        '440 etc/sudoers.d/devenv',
        '644 etc/systemd/system/devenv-reap.service',
        '644 etc/systemd/system/devenv-reap.timer',
        '755 usr/local/bin/devenv-shell',
        '755 usr/local/lib/devenv',
        '755 usr/local/lib/devenv/bin',
        '644 usr/local/lib/devenv/bin/devenv.cjs',
        '644 usr/local/lib/devenv/dist/main.cjs',
        '755 usr/local/lib/devenv/login-broker',
        '644 usr/local/lib/devenv/package.json',
        '711 var/lib/devenv/login',
        '750 var/log/devenv',
      ]),
    );
    expect(lines.filter((line) => /local.*4711|\.new$|run\/sshd/.test(line!))).toEqual([]);
  });

  it('asks visudo before a file is in its place and after, and sshd after', async () => {
    const machine = await folderMachine();
    await install(machine);
    expect(machine.ran.filter((line) => !line.includes('getent'))).toEqual([
      '/bin/sh -p -c :',
      '/usr/sbin/sshd -T -C user=root,host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22',
      '/usr/sbin/groupadd --system devenv',
      '/usr/sbin/visudo -cf /etc/sudoers.d/.devenv.*',
      '/usr/sbin/visudo -c',
      '/usr/sbin/sshd -t',
    ]);
  });

  it('has nothing to do the second time', async () => {
    const machine = await folderMachine();
    await install(machine);
    expect(await prepareInstall(request(machine))).toMatchObject({ changes: [], conflicts: [] });
  });

  it('and removing it leaves what was there before, and nothing else', async () => {
    const machine = await folderMachine();
    const before = await listing(machine.root);
    await install(machine, { timer: true });
    expect(await listing(machine.root)).not.toEqual(before);
    await uninstall(machine);
    expect(await listing(machine.root)).toEqual(before);
    expect(machine.ran.at(-1)).toBe('/usr/sbin/groupdel devenv');
    expect(await prepareUninstall(machine)).toBeUndefined();
  });

  it('keeps a policy, and removing it too', async () => {
    const machine = await folderMachine();
    await mkdir(join(machine.root, 'etc/devenv'));
    await overwrite(machine, 'etc/devenv/policy.yaml', 'own');
    await install(machine);
    await uninstall(machine);
    expect(await read(machine, 'etc/devenv/policy.yaml')).toBe('own');
  });

  it('stops before a file of somebody else’s, and goes on checking the others', async () => {
    const machine = await folderMachine();
    await overwrite(machine, 'etc/sudoers.d/devenv', 'own');
    await overwrite(machine, 'usr/local/bin/devenv-shell', 'other');
    const { conflicts } = await prepareInstall(request(machine));
    expect(conflicts.map(({ path, before }) => [path, before])).toEqual([
      ['/etc/sudoers.d/devenv', 'own'],
      ['/usr/local/bin/devenv-shell', 'other'],
    ]);
    await install(machine, { replace: true });
    expect(await read(machine, 'etc/sudoers.d/devenv')).toContain('NOPASSWD');
  });

  it('never writes through a link', async () => {
    const machine = await folderMachine();
    await overwrite(machine, 'etc/victim', 'own');
    await symlink('/etc/victim', join(machine.root, 'etc/sudoers.d/devenv'));
    const { conflicts } = await prepareInstall(request(machine, { replace: true }));
    expect(conflicts.map(({ path }) => path)).toEqual(['/etc/sudoers.d/devenv']);
  });

  it('updates what an older version wrote, and removes what is no part of it any more', async () => {
    const machine = await folderMachine();
    await overwrite(machine, 'program/dist/old.cjs', 'old');
    await install(machine, { timer: true });
    await overwrite(machine, 'program/dist/old.cjs', '');
    const programFolder = join(machine.root, 'newer');
    await mkdir(join(programFolder, 'bin'), { recursive: true });
    await mkdir(join(programFolder, 'dist'));
    await writeFile(join(programFolder, 'package.json'), '{}');
    await writeFile(join(programFolder, 'bin/devenv.cjs'), 'start');
    await writeFile(join(programFolder, 'dist/main.cjs'), 'newer');
    await install(machine, { programFolder });
    expect(await read(machine, 'usr/local/lib/devenv/dist/main.cjs')).toBe('newer');
    await expect(read(machine, 'usr/local/lib/devenv/dist/old.cjs')).rejects.toThrow('ENOENT');
    expect(await read(machine, 'etc/systemd/system/devenv-reap.timer')).toContain('10min');
  });
});

describe('a file that is not accepted', () => {
  it('by visudo never gets to its place', async () => {
    const machine = await folderMachine();
    machine.refuse.add('/usr/sbin/visudo -cf');
    await expect(install(machine)).rejects.toMatchObject({
      code: 'install_failed',
      message: 'visudo does not accept /etc/sudoers.d/devenv, which is taken back.',
      details: ['no'],
    });
    expect(await names(machine, 'etc/sudoers.d')).toEqual(['README']);
  });

  it('by visudo together with the others is taken back', async () => {
    const machine = await folderMachine();
    machine.refuse.add('/usr/sbin/visudo -c');
    await expect(install(machine)).rejects.toMatchObject({ code: 'install_failed' });
    expect(await names(machine, 'etc/sudoers.d')).toEqual(['README']);
  });

  it('by sshd is taken back, to what it was before', async () => {
    const machine = await folderMachine();
    machine.refuse.add('/usr/sbin/sshd -t');
    await expect(install(machine)).rejects.toMatchObject({
      message: 'sshd does not accept /etc/ssh/sshd_config.d/50-devenv.conf, which is taken back.',
    });
    await expect(read(machine, 'etc/ssh/sshd_config.d/50-devenv.conf')).rejects.toThrow('ENOENT');
    await overwrite(machine, 'etc/ssh/sshd_config.d/50-devenv.conf', 'own');
    await chmod(join(machine.root, 'etc/ssh/sshd_config.d/50-devenv.conf'), 0o640);
    await expect(install(machine, { replace: true })).rejects.toMatchObject({
      code: 'install_failed',
    });
    expect(await listing(machine.root)).toContain('640 etc/ssh/sshd_config.d/50-devenv.conf: own');
  });

  it('stands against nothing but itself: the next run finishes, or it can be removed', async () => {
    const machine = await folderMachine();
    const before = await listing(machine.root);
    machine.refuse.add('/usr/sbin/sshd -t');
    await expect(install(machine)).rejects.toMatchObject({ code: 'install_failed' });
    await uninstall(machine);
    expect(await listing(machine.root)).toEqual(before);
    await expect(install(machine)).rejects.toMatchObject({ code: 'install_failed' });
    machine.refuse.clear();
    await install(machine);
    expect(await prepareInstall(request(machine))).toMatchObject({ changes: [], conflicts: [] });
  });
});

describe('a machine that is not ready', () => {
  it('is told everything that is wrong, and nothing is written', async () => {
    const machine = await folderMachine();
    await chmod(join(machine.root, 'usr/local/bin'), 0o777);
    await chmod(join(machine.root, 'usr/bin/node'), 0o757);
    await overwrite(machine, 'etc/sudoers', '');
    await overwrite(machine, 'etc/ssh/sshd_config', '');
    machine.refuse.add('/bin/sh').add('/usr/sbin/sshd -T');
    const before = await listing(machine.root);
    await expect(prepareInstall(request(machine))).rejects.toMatchObject({
      code: 'install_failed',
      details: [
        expect.stringContaining(
          '/usr/bin/node (everybody may write to it), /usr/local/bin (everybody may write to it)',
        ),
        expect.stringContaining('-p'),
        expect.stringContaining('@includedir'),
        expect.stringContaining('Include'),
        'sshd does not accept its configuration: no',
      ],
    });
    expect(await listing(machine.root)).toEqual(before);
  });

  it('whose program is not built is told so', async () => {
    const machine = await folderMachine();
    const programFolder = join(machine.root, 'etc');
    await expect(prepareInstall(request(machine, { programFolder }))).rejects.toMatchObject({
      code: 'folder_unusable',
    });
  });
});
