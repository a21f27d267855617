import { DevenvError } from '../errors.ts';
import type { Left, UninstallPlan } from '../login/install/plan-uninstall.ts';
import type { InstallWorld } from '../login/install/world.ts';
import { write } from '../ui/output.ts';
import type { CommandFunction } from './context.ts';
import { changeResult, changesText } from './login-changes-text.ts';
import { requireRoot } from './require-root.ts';

/** Removes what `login install` has written and nobody has changed since. */
export const loginUninstall: CommandFunction = async (context) => {
  requireRoot('login uninstall');
  const { applyChanges } = await import('../login/install/apply-changes.ts');
  const { thisMachine } = await import('../login/install/machine.ts');
  const { prepareUninstall } = await import('../login/install/prepare-uninstall.ts');
  const { json, yes, dryRun } = context.options;
  const machine = thisMachine();
  const plan = await prepareUninstall(machine);
  if (plan === undefined) {
    const nothing = { uninstalled: false, changes: [], left: [], lockedOut: [], next: [] };
    await context.result(nothing, () => 'The login shell is not installed here.\n');
    return 0;
  }
  if (dryRun) {
    await context.result(uninstallResult(plan, false), () => {
      return changesText(plan.changes, { texts: true }) + leftText(plan.left) + warning(plan.world);
    });
    return 0;
  }
  refuseToLockOut(plan.world, yes);
  if (!json) await write(context.stderr, changesText(plan.changes, { texts: !yes }));
  await context.work(async ({ confirm }) => {
    if (!(await confirm(`${warning(plan.world)}Remove all this?`))) {
      throw new DevenvError('interrupted', 'Nothing was changed.');
    }
    await applyChanges(machine, plan.changes);
  });
  await context.result(uninstallResult(plan, true), () => {
    const steps = next(plan).map((step) => `  ${step}\n`);
    return `Removed.${steps.length === 0 ? '' : ' Now:'}\n${steps.join('')}${leftText(plan.left)}`;
  });
  return 0;
};

type Prepared = UninstallPlan & { world: InstallWorld };

function uninstallResult(plan: Prepared, isUninstalled: boolean): object {
  return {
    uninstalled: isUninstalled,
    changes: plan.changes.map(changeResult),
    left: plan.left,
    lockedOut: plan.world.shellUsers,
    next: next(plan),
  };
}

function refuseToLockOut({ shellUsers }: InstallWorld, yes: boolean): void {
  if (shellUsers.length === 0 || yes) return;
  throw new DevenvError(
    'confirmation_needed',
    `These people have devenv-shell as their login shell, and could not log in any more: ${shellUsers.join(', ')}.`,
    {
      hint: 'Give them another one first, such as: usermod --shell /bin/bash NAME. Or lock them out with --yes.',
    },
  );
}

/** What becomes of the members of the group: nobody is to find out by surprise. */
function warning({ group, shellUsers }: InstallWorld): string {
  const free = (group?.members ?? []).filter(({ name }) => !shellUsers.includes(name));
  const lines = [];
  if (shellUsers.length > 0) {
    lines.push(`Cannot log in any more, until they have another shell: ${shellUsers.join(', ')}.`);
  }
  if (free.length > 0) {
    const names = free.map(({ name, shell }) => `${name} (${shell})`).join(', ');
    lines.push(`Once sshd is reloaded, these people get a shell of this machine: ${names}.`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function next({ changes }: Prepared): string[] {
  const changed = changes.map(({ path }) => path);
  const steps: string[] = [];
  if (changed.some((path) => path.startsWith('/etc/ssh/'))) steps.push('systemctl reload ssh');
  if (changed.some((path) => path.startsWith('/etc/systemd/'))) {
    steps.push('systemctl disable --now devenv-reap.timer; systemctl daemon-reload');
  }
  return steps;
}

function leftText(left: Left[]): string {
  const lines = left.map(({ path, reason }) => `stays: ${path}, which ${reason}\n`);
  return `${lines.join('')}Workspaces and their volumes stay as they are.\n`;
}
