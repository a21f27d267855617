import { join } from 'node:path';
import { DevenvError } from '../errors.ts';
import type { PreparedInstall } from '../login/install/prepare-install.ts';
import { write } from '../ui/output.ts';
import type { CommandFunction } from './context.ts';
import { changeResult, changesText, conflictLines } from './login-changes-text.ts';
import { requireRoot } from './require-root.ts';

/** Sets this machine up for the login shell: shows what will be written, asks, writes. */
export const loginInstall: CommandFunction = async (context, { options }) => {
  requireRoot('login install');
  const { realpath } = await import('node:fs/promises');
  const { applyChanges } = await import('../login/install/apply-changes.ts');
  const { thisMachine } = await import('../login/install/machine.ts');
  const { prepareInstall } = await import('../login/install/prepare-install.ts');
  const { json, yes, dryRun } = context.options;
  const { warmUp } = await import('../login/install/warm-up.ts');
  const machine = thisMachine();
  const node = await realpath(process.execPath);
  const plan = await prepareInstall({
    machine,
    programFolder: join(__dirname, '..'),
    node,
    timer: options.timer === true,
    sshAgent: options.sshAgent === true,
    replace: options.replace === true,
  });
  if (dryRun) {
    await context.result(installResult(plan, false), () => planText(plan));
    return 0;
  }
  if (plan.conflicts.length > 0) throw refusal(plan);
  if (plan.changes.length > 0) {
    if (!json) await write(context.stderr, changesText(plan.changes, { texts: !yes }));
    await context.work(async ({ confirm }) => {
      if (!(await confirm('Change this machine so?'))) {
        throw new DevenvError('interrupted', 'Nothing was changed.');
      }
      await applyChanges(machine, plan.changes);
      await warmUp(machine, node);
    });
  }
  await context.result(installResult(plan, true), () => doneText(plan));
  return 0;
};

function installResult(plan: PreparedInstall, isInstalled: boolean): object {
  return {
    installed: isInstalled,
    changes: plan.changes.map(changeResult),
    conflicts: plan.conflicts.map(({ path, reason }) => ({ path, reason })),
    notices: notices(plan),
    next: plan.changes.length === 0 ? [] : next(plan),
  };
}

function planText(plan: PreparedInstall): string {
  if (plan.changes.length + plan.conflicts.length === 0) return nothingText(plan);
  const conflicts = plan.conflicts.flatMap(conflictLines).map((line) => `${line}\n`);
  const refused = conflicts.length === 0 ? '' : '\nWhat is there already stands against it:\n';
  return `${changesText(plan.changes, { texts: true })}${refused}${conflicts.join('')}${noticesText(plan)}`;
}

function doneText(plan: PreparedInstall): string {
  if (plan.changes.length === 0) return nothingText(plan);
  const steps = next(plan).map((step) => `  ${step}\n`);
  return `Installed. Now:\n${steps.join('')}${noticesText(plan)}`;
}

function nothingText(plan: PreparedInstall): string {
  return `Everything is installed; there is nothing to do.\n${noticesText(plan)}`;
}

function noticesText(plan: PreparedInstall): string {
  return notices(plan)
    .map((notice) => `${notice}\n`)
    .join('');
}

function notices({ sshd, world }: PreparedInstall): string[] {
  const found: string[] = [];
  if (!sshd) {
    found.push('sshd is not installed, so that it was not told. Run this again once it is.');
  }
  const others = (world.group?.members ?? []).filter(
    ({ name }) => !world.shellUsers.includes(name),
  );
  if (others.length > 0) {
    found.push(
      `These members of the group have another login shell, which sshd starts first, with their own files: ${others.map(({ name }) => name).join(', ')}. Give them devenv's: usermod --shell /usr/local/bin/devenv-shell NAME`,
    );
  }
  return found;
}

/** What is left to the administrator. */
function next({ changes, sshd, timer }: PreparedInstall): string[] {
  const changed = changes.map(({ path }) => path);
  const steps = ['look over /etc/devenv/policy.yaml'];
  if (sshd && changed.some((path) => path.startsWith('/etc/ssh/'))) {
    steps.push('systemctl reload ssh');
  }
  if (timer && changed.some((path) => path.startsWith('/etc/systemd/'))) {
    steps.push('systemctl daemon-reload && systemctl enable --now devenv-reap.timer');
  }
  steps.push(
    'for each person: usermod --append --groups devenv --shell /usr/local/bin/devenv-shell NAME',
  );
  return steps;
}

function refusal({ conflicts }: PreparedInstall): DevenvError {
  const message = 'Nothing was changed: devenv does not write over what it has not written.';
  return new DevenvError('file_exists', message, {
    details: conflicts.flatMap(conflictLines),
    hint: 'Lines with - are there, lines with + are devenv’s. Move the file away, or take devenv’s text with --replace.',
  });
}
