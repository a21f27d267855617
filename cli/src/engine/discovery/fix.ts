import { readFile, stat } from 'node:fs/promises';
import { currentCaller } from '../host/caller.ts';
import { findProgram } from '../host/find-program.ts';
import type { Attempt } from './attempt.ts';
import type { DiscoveryInput } from './input.ts';

/** What to do about an engine that could not be used, as a sentence or two. */
export async function fixFor(attempt: Attempt | undefined, input: DiscoveryInput): Promise<string> {
  if (attempt?.failure?.reason === 'denied') return accessFix(attempt.host);
  if (attempt?.explicit === true) {
    return `Start that engine, or change ${attempt.via}; "devenv doctor" shows what else there is.`;
  }
  if (attempt?.failure?.reason === 'refused' && /docker$/i.test(attempt.via)) {
    return 'Docker is installed but does not run: "sudo systemctl start docker", or "devenv engine start" for an engine of your own.';
  }
  return ownEngineFix(input);
}

async function accessFix(host: string): Promise<string> {
  const group = await groupOf(host.replace(/^\w+:\/\//, ''));
  const name = group?.name ?? 'docker';
  const me = currentCaller().name;
  if (group?.members.includes(me) === true) {
    return `You were added to the group "${name}" after you logged in: log in again.`;
  }
  return (
    `You are not in the group "${name}". Run "devenv engine start" for a rootless engine of your ` +
    `own, or "sudo usermod -aG ${name} ${me}" and log in again: its members are as good as root here.`
  );
}

/** The group that may use a socket; undefined when its folder hides even that. */
async function groupOf(path: string): Promise<{ name: string; members: string[] } | undefined> {
  try {
    const { gid } = await stat(path);
    const lines = (await readFile('/etc/group', 'utf8')).split('\n').map((line) => line.split(':'));
    const [name, , , members] = lines.find(([, , id]) => id === String(gid)) ?? [];
    if (name === undefined || gid === 0) return undefined;
    return { name, members: (members ?? '').split(',') };
  } catch {
    return undefined;
  }
}

async function ownEngineFix({ platform, environment }: DiscoveryInput): Promise<string> {
  if (platform !== 'linux') {
    return 'Start Docker Desktop, or another engine with a Docker-compatible socket.';
  }
  const installed = await findProgram('dockerd', environment);
  return installed === undefined
    ? 'Run "devenv engine start --install" to install and start one, or install Docker or Podman.'
    : 'Run "devenv engine start".';
}
