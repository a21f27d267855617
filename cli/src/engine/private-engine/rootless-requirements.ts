import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { findProgram } from '../host/find-program.ts';
import type { EngineOwner } from './owner.ts';
import { missingProgram, type Requirement } from './requirement.ts';
import { needs } from './root-requirements.ts';

/** Debian and Ubuntu keep the script among the package's examples, outside PATH. */
const debianScript = '/usr/share/docker.io/contrib/dockerd-rootless.sh';

/** The script that starts a rootless dockerd; undefined when it is not installed. */
export async function findRootlessScript(
  environment: EngineOwner['environment'],
): Promise<string | undefined> {
  const inPath = await findProgram('dockerd-rootless.sh', environment);
  if (inPath !== undefined) return inPath;
  return (await isReadable(debianScript)) ? debianScript : undefined;
}

/** What is missing for an engine that runs as an ordinary person. */
export async function rootlessRequirements(owner: EngineOwner): Promise<Requirement[]> {
  const { environment } = owner;
  const checks = [
    needs('dockerd', environment, 'docker.io', 'ca-certificates'),
    needsScript(environment),
    needs('rootlesskit', environment, 'rootlesskit'),
    needs('slirp4netns', environment, 'slirp4netns'),
    needs('newuidmap', environment, 'uidmap'),
    needs('newgidmap', environment, 'uidmap'),
    needs('iptables', environment, 'iptables'),
    needsIdRange(owner, '/etc/subuid', '--add-subuids'),
    needsIdRange(owner, '/etc/subgid', '--add-subgids'),
    needsUserNamespaces(),
    needsTun(),
  ];
  return (await Promise.all(checks)).flat();
}

async function needsScript(environment: EngineOwner['environment']): Promise<Requirement[]> {
  const script = await findRootlessScript(environment);
  return script === undefined ? [missingProgram('dockerd-rootless.sh', 'docker.io')] : [];
}

async function needsIdRange(
  { caller }: EngineOwner,
  file: string,
  option: string,
): Promise<Requirement[]> {
  const lines = (await readIfThere(file)).split('\n').map((line) => line.split(':'));
  const mine = lines.filter(([owner]) => owner === caller.name || owner === String(caller.uid));
  // An image's files may belong to any of the first 65536 ids.
  if (mine.some(([, , count]) => Number(count) >= 65_536)) return [];
  const start = firstFreeId(lines);
  return [
    {
      lack: `${caller.name} has no range of 65536 ids in ${file}`,
      packages: [],
      commands: [['usermod', option, `${start}-${start + 65_535}`, caller.name]],
    },
  ];
}

function firstFreeId(lines: string[][]): number {
  const ends = lines.map(([, first, count]) => Number(first) + Number(count));
  return Math.max(100_000, ...ends.filter((end) => Number.isFinite(end)));
}

async function needsUserNamespaces(): Promise<Requirement[]> {
  const most = await readIfThere('/proc/sys/user/max_user_namespaces');
  // Only Debian's and Ubuntu's kernels have this one.
  const allowed = await readIfThere('/proc/sys/kernel/unprivileged_userns_clone');
  const lack = 'the kernel lets nobody but root make user namespaces';
  if (most.trim() === '0') return [setting(lack, 'user.max_user_namespaces=28633')];
  if (allowed.trim() === '0') return [setting(lack, 'kernel.unprivileged_userns_clone=1')];
  return [];
}

function setting(lack: string, assignment: string): Requirement {
  return { lack, packages: [], commands: [['sysctl', '--write', assignment]] };
}

async function needsTun(): Promise<Requirement[]> {
  const device = '/dev/net/tun';
  if (!(await isThere(device))) {
    return [{ lack: `${device} does not exist`, packages: [], commands: [['modprobe', 'tun']] }];
  }
  if (await isReadable(device, constants.R_OK | constants.W_OK)) return [];
  return [
    { lack: `${device} is closed to you`, packages: [], commands: [['chmod', '0666', device]] },
  ];
}

function isThere(path: string): Promise<boolean> {
  return isReadable(path, constants.F_OK);
}

async function isReadable(path: string, mode = constants.R_OK): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
