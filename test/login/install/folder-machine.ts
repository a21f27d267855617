import { chmod, lstat, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine, ProgramAnswer } from '../../../cli/src/login/install/machine.ts';
import type { InstallRequest } from '../../../cli/src/login/install/prepare-install.ts';
import { testFolder } from '../../support/temp-folder.ts';

const good: ProgramAnswer = { exitCode: 0, stdout: '', tail: [] };

export interface FolderMachine extends Machine {
  /** What was run, each as one line. */
  ran: string[];
  /** The first words of the programs that refuse. */
  refuse: Set<string>;
}

/** A machine that is a folder, with programs that only say yes, or no. */
export async function folderMachine(): Promise<FolderMachine> {
  const root = await testFolder({
    'etc/shells': '/bin/sh\n/bin/bash\n',
    'etc/sudoers': '@includedir /etc/sudoers.d\n',
    'etc/sudoers.d/README': '',
    'etc/ssh/sshd_config': 'Include /etc/ssh/sshd_config.d/*.conf\n',
    'etc/systemd/system/README': '',
    'usr/bin/node': '',
    'usr/bin/sudo': '',
    'usr/sbin/visudo': '',
    'usr/sbin/sshd': '',
    'usr/local/bin/README': '',
    'usr/local/lib/README': '',
    'var/lib/README': '',
    'var/log/README': '',
    'run/README': '',
    'program/package.json': '{}',
    'program/bin/devenv.cjs': 'start',
    'program/dist/main.cjs': 'main',
    'program/dist/main.cjs.4711': 'unfinished',
  });
  const ran: string[] = [];
  const refuse = new Set<string>();
  let hasGroup = false;
  return {
    root,
    owner: { uid: process.getuid!(), gid: process.getgid!() },
    ran,
    refuse,
    run: async (argv) => {
      const line = argv
        .join(' ')
        .replaceAll(root, '')
        .replace(/\.[0-9a-f]{12}\.new/, '.*');
      ran.push(line);
      if ([...refuse].some((words) => line.startsWith(words))) {
        return { exitCode: 1, stdout: '', tail: ['no'] };
      }
      if (line.startsWith('/usr/sbin/groupadd')) hasGroup = true;
      if (line.startsWith('/usr/sbin/groupdel')) hasGroup = false;
      if (line === '/usr/bin/getent group devenv') {
        return hasGroup ? { ...good, stdout: 'devenv:x:999:\n' } : { ...good, exitCode: 2 };
      }
      return good;
    },
  };
}

export function request(machine: Machine, change: Partial<InstallRequest> = {}): InstallRequest {
  const programFolder = join(machine.root, 'program');
  return {
    machine,
    programFolder,
    node: '/usr/bin/node',
    timer: false,
    sshAgent: false,
    replace: false,
    ...change,
  };
}

/** Everything below the folder: mode, path and content. */
export async function listing(root: string, path = ''): Promise<string[]> {
  const names = (await readdir(join(root, path))).sort();
  const nested = names.map(async (name) => {
    const file = join(path, name);
    const stats = await lstat(join(root, file));
    const line = `${(stats.mode & 0o7777).toString(8)} ${file}`;
    if (stats.isDirectory()) return [line, ...(await listing(root, file))];
    return [`${line}: ${await readFile(join(root, file), 'utf8')}`];
  });
  return (await Promise.all(nested)).flat();
}

export async function overwrite(machine: Machine, path: string, text: string): Promise<void> {
  const file = join(machine.root, path);
  await chmod(file, 0o600).catch(() => undefined);
  await writeFile(file, text);
}
