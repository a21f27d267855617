import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { findProgram } from '../host/find-program.ts';
import { missingProgram, type Requirement } from './requirement.ts';

type Environment = Record<string, string | undefined>;

/** What is missing for an engine that runs as root. */
export async function rootRequirements(environment: Environment): Promise<Requirement[]> {
  const checks = [
    needs('dockerd', environment, 'docker.io', 'ca-certificates'),
    needs('iptables', environment, 'iptables'),
    needs('ip', environment, 'iproute2'),
    needsAppArmorParser(environment),
    needsCgroups(),
  ];
  return (await Promise.all(checks)).flat();
}

/** The requirement, when a program is not there. */
export async function needs(
  program: string,
  environment: Environment,
  ...packages: string[]
): Promise<Requirement[]> {
  const found = await findProgram(program, environment);
  return found === undefined ? [missingProgram(program, ...packages)] : [];
}

/** With AppArmor in the kernel, dockerd cannot start a container without its parser. */
async function needsAppArmorParser(environment: Environment): Promise<Requirement[]> {
  const enabled = await readFile('/sys/module/apparmor/parameters/enabled', 'utf8').catch(
    () => 'N',
  );
  return enabled.startsWith('Y') ? needs('apparmor_parser', environment, 'apparmor') : [];
}

/** systemd mounts the control groups; machines without it have a package for that. */
async function needsCgroups(): Promise<Requirement[]> {
  const folders = ['cgroup.controllers', 'memory', 'devices'];
  if (folders.some((name) => existsSync(`/sys/fs/cgroup/${name}`))) return [];
  return [
    {
      lack: 'the control groups are not mounted at /sys/fs/cgroup',
      packages: ['cgroupfs-mount'],
      commands: [['cgroupfs-mount']],
    },
  ];
}
