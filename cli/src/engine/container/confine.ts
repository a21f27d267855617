import { stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { lstat, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { DevenvError } from '../../errors.ts';
import { confinedKey, type CheckedPlace, type ConfineAction } from '../../plan/confine.ts';
import { firewallRules } from '../../plan/firewall.ts';
import { runFolderInside } from '../../plan/mounts.ts';
import type { Docker } from '../docker.ts';
import type { ContainerInspection } from '../docker/answers.ts';
import { writeConfined, type WorkspaceFolder } from '../host/workspace-folder.ts';
import { pipeThrough } from '../host/pipe-through.ts';

/**
 * Shuts a container off that has just started: makes sure that what is mounted is what was looked
 * at, and puts rules into its network that nobody inside may change. Throws `denied` where another
 * folder was mounted, and `engine_failed` where the rules cannot be put there; either way the
 * container has to be stopped then.
 */
export async function confineContainer(
  docker: Docker,
  { container, confinement, places }: ConfineAction,
  folder: WorkspaceFolder,
): Promise<void> {
  const inspection = await docker.inspectContainer(container);
  if (inspection === undefined || inspection.State.Pid === 0) throw hasEnded(container);
  await checkMounts(inspection, places);
  if (confinement.network !== 'none') {
    const rules = firewallRules(confinement, await hostAddresses(), await nameservers());
    await enterRules(inspection.State.Pid, rules);
  }
  await writeConfined(folder, confinedKey(inspection.Id, inspection.State.StartedAt));
}

function hasEnded(container: string): DevenvError {
  return new DevenvError(
    'engine_failed',
    `The container ${container} ended as soon as it started.`,
    {
      hint: 'Try again. If it happens again, the image has no working "sleep".',
    },
  );
}

/** Of every bind mount, whether it is the very folder that was looked at. */
async function checkMounts(
  { State, Mounts }: ContainerInspection,
  places: CheckedPlace[],
): Promise<void> {
  const binds = (Mounts ?? []).filter(
    ({ Type, Destination }) => Type === 'bind' && Destination !== runFolderInside,
  );
  for (const { Source, Destination } of binds) {
    const place = places.find(({ path }) => path === Source);
    if (place === undefined) throw anotherFolder(Destination);
    const found = await placeInside(State.Pid, Destination);
    if (found?.device !== place.device || found.inode !== place.inode) {
      throw anotherFolder(Destination);
    }
  }
}

/** A symlink on the way would lead out of the container's files and into ours. */
async function placeInside(
  pid: number,
  path: string,
): Promise<Pick<CheckedPlace, 'device' | 'inode'> | undefined> {
  const root = `/proc/${pid}/root`;
  for (let folder = path; folder !== '/'; folder = posix.dirname(folder)) {
    const facts = await lstat(root + folder).catch(() => undefined);
    if (facts === undefined || facts.isSymbolicLink()) return undefined;
  }
  const { dev, ino } = await stat(root + path, { bigint: true });
  return { device: String(dev), inode: String(ino) };
}

function anotherFolder(path: string): DevenvError {
  const message = `What was mounted at ${path} is not what was looked at before.`;
  return new DevenvError('denied', message, {
    hint: 'Somebody has changed the folder meanwhile. The container was ended; try again.',
  });
}

async function hostAddresses(): Promise<string[]> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
}

/** Names are still to be found where the host itself, or one that is denied, serves them. */
async function nameservers(): Promise<string[]> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  return [...text.matchAll(/^\s*nameserver\s+([\d.]+)\s*$/gm)].map(([, address]) => address!);
}

/**
 * Root has every right over a network. Anybody else has it in the user namespace of an engine of
 * their own, whose owner they are.
 */
function namespaces(pid: number): string[] {
  const network = `--net=/proc/${pid}/ns/net`;
  return process.getuid?.() === 0 ? [network] : [`--user=/proc/${pid}/ns/user`, network];
}

async function enterRules(pid: number, rules: string): Promise<void> {
  const argv = ['nsenter', ...namespaces(pid), 'iptables-restore', '--wait', '5'];
  const { exitCode, output } = await pipeThrough(argv, rules);
  if (exitCode === 0) return;
  throw new DevenvError('engine_failed', 'The network of the workspace cannot be closed.', {
    hint: 'An administrator has to install iptables and nsenter on this host, or set "network: {mode: none}" in the policy.',
    details: output.trim().split('\n'),
  });
}
