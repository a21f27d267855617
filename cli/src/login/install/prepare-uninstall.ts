import type { Machine } from './machine.ts';
import { observeInstall } from './observe-install.ts';
import { planUninstall, type UninstallPlan } from './plan-uninstall.ts';
import type { InstallWorld } from './world.ts';

/** Looks at the machine and decides what to remove; undefined where nothing is installed. */
export async function prepareUninstall(
  machine: Machine,
): Promise<(UninstallPlan & { world: InstallWorld }) | undefined> {
  const world = await observeInstall(machine, []);
  if (world.record === undefined) return undefined;
  return { ...planUninstall(world.record, world), world };
}
