import { DevenvError } from '../../errors.ts';
import { readDistribution, usesApt } from '../host/distribution.ts';
import { installPackages, runAsAdmin, whyNoInstallation } from '../host/install-packages.ts';
import { reportStep } from '../container/report-step.ts';
import type { EngineOwner } from './owner.ts';
import type { Requirement } from './requirement.ts';
import { rootRequirements } from './root-requirements.ts';
import { rootlessRequirements } from './rootless-requirements.ts';
import type { StartOptions } from './start-options.ts';

/** Everything the owner's private engine needs that this machine does not have. */
export function missingRequirements(owner: EngineOwner): Promise<Requirement[]> {
  return owner.caller.uid === 0 ? rootRequirements(owner.environment) : rootlessRequirements(owner);
}

/**
 * Sees to it that the engine can run: with `install`, installs and sets up what is missing after
 * asking. Gives whether anything was installed. Fails with `engine_start_failed`, naming everything
 * that is missing and how to get it.
 */
export async function meetRequirements(
  owner: EngineOwner,
  options: StartOptions,
): Promise<boolean> {
  const missing = await missingRequirements(owner);
  if (missing.length === 0) return false;
  if (!options.install) throw await cannotStart(owner, missing);
  const obstacle = await whyNoInstallation(adminOf(owner));
  if (obstacle !== undefined) throw await cannotStart(owner, missing, obstacle);
  await install(owner, missing, options);
  const stillMissing = await missingRequirements(owner);
  if (stillMissing.length > 0) throw await cannotStart(owner, stillMissing);
  return true;
}

async function install(
  owner: EngineOwner,
  missing: Requirement[],
  { report, confirm, signal }: StartOptions,
): Promise<void> {
  const packages = packagesOf(missing);
  const commands = missing.flatMap((requirement) => requirement.commands);
  const plan = [
    ...(packages.length > 0 ? [`apt-get install ${packages.join(' ')}`] : []),
    ...commands.map((command) => command.join(' ')),
  ];
  if (!(await confirm(`To run an engine here, as root: ${plan.join('; ')}. Go on?`))) {
    throw new DevenvError('interrupted', 'No engine was installed.');
  }
  const text = { index: 0, title: plan.join('; '), reason: lacks(missing).join(', ') };
  await reportStep(report, text, async (onLine) => {
    const admin = { ...adminOf(owner), signal, onLine };
    if (packages.length > 0) {
      await installPackages(packages, { ...admin, code: 'engine_start_failed' });
    }
    for (const command of commands) await runAsAdmin(command, admin);
  });
}

async function cannotStart(
  owner: EngineOwner,
  missing: Requirement[],
  obstacle?: string,
): Promise<DevenvError> {
  const rootless = owner.caller.uid !== 0;
  const what = rootless ? 'A rootless engine' : 'An engine';
  const details = [...(obstacle === undefined ? [] : [obstacle]), ...(await advice(missing))];
  return new DevenvError(
    'engine_start_failed',
    `${what} cannot be started here: ${lacks(missing).join(', ')}.`,
    {
      hint:
        obstacle === undefined
          ? 'Run "devenv engine start --install", or do what is listed above as root.'
          : 'Do what is listed above as root, then try again.',
      details,
    },
  );
}

async function advice(missing: Requirement[]): Promise<string[]> {
  const distribution = await readDistribution();
  const packages = packagesOf(missing);
  const commands = missing.flatMap((requirement) => requirement.commands);
  const install = usesApt(distribution)
    ? `apt-get install ${packages.join(' ')}`
    : elsewhere(distribution?.family ?? []);
  return [
    ...(packages.length > 0 ? [install] : []),
    ...commands.map((command) => command.join(' ')),
  ];
}

/** The package with dockerd on other distributions; they have to be installed by hand. */
function elsewhere(family: string[]): string {
  if (family.includes('fedora')) return 'dnf install moby-engine';
  if (family.includes('arch')) return 'pacman -S docker';
  if (family.includes('alpine')) return 'apk add docker docker-rootless-extras';
  if (family.some((id) => id.includes('suse'))) return 'zypper install docker';
  return 'install Docker Engine (dockerd) with the means of this system';
}

function packagesOf(missing: Requirement[]): string[] {
  return [...new Set(missing.flatMap((requirement) => requirement.packages))];
}

function lacks(missing: Requirement[]): string[] {
  return missing.map((requirement) => requirement.lack);
}

function adminOf({ caller, environment }: EngineOwner): {
  uid: number;
  environment: EngineOwner['environment'];
} {
  return { uid: caller.uid, environment };
}
