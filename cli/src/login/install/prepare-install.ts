import { DevenvError } from '../../errors.ts';
import { whoseEngine } from '../policy/whose-engine.ts';
import { hostProblems } from './host-problems.ts';
import type { Machine } from './machine.ts';
import { observeHost } from './observe-host.ts';
import { observeInstall } from './observe-install.ts';
import { places } from './places.ts';
import { planInstall, type InstallPlan } from './plan-install.ts';
import { programFiles } from './program-files.ts';
import { wantedInstall } from './wanted.ts';
import type { InstallWorld } from './world.ts';

export interface InstallRequest {
  machine: Machine;
  /** The folder with the built program's bin and dist. */
  programFolder: string;
  /** Real path of the node that is to run the broker. */
  node: string;
  timer: boolean;
  sshAgent: boolean;
  /** Take devenv's text where another one is. */
  replace: boolean;
}

export interface PreparedInstall extends InstallPlan {
  world: InstallWorld;
  /** Whether sshd is installed. */
  sshd: boolean;
  timer: boolean;
}

/**
 * Looks at the machine and decides what to change; writes nothing. Fails with `install_failed` and
 * all that stands against it.
 */
export async function prepareInstall(request: InstallRequest): Promise<PreparedInstall> {
  const { machine, programFolder, node, replace } = request;
  const facts = await observeHost(machine, node);
  const problems = hostProblems(facts);
  if (problems.length > 0) {
    throw new DevenvError('install_failed', 'This machine is not ready for it:', {
      details: problems,
    });
  }
  const sshd = facts.sshd !== undefined;
  const own = whoseEngine(places.policy, facts.policy) === 'own';
  const program = await programFiles(programFolder);
  const { sshAgent: asked } = request;
  const withTimer = { node, program, sshd, timer: true, sshAgent: asked, own };
  const { files, folders } = wantedInstall(withTimer);
  const world = await observeInstall(
    machine,
    [...files, ...folders].map(({ path }) => path),
  );
  // Once asked for, it stays and is kept up to date.
  const timer = request.timer || places.reapTimer in (world.record?.files ?? {});
  const sshAgent = asked || letsAgentsThrough(world);
  const plan = planInstall(wantedInstall({ ...withTimer, timer, sshAgent }), world, { replace });
  return { ...plan, world, sshd, timer };
}

function letsAgentsThrough({ there, record }: InstallWorld): boolean {
  return [places.sudoers, places.broker].some((path) => {
    const found = there.get(path);
    const isOurs = path in (record?.files ?? {});
    return isOurs && found?.kind === 'file' && found.text.includes('SSH_AUTH_SOCK');
  });
}
