import type { RunningWorkspace } from '../login/plan-reap.ts';
import type { CommandFunction } from './context.ts';
import { requireRoot } from './require-root.ts';

/** Stops the workspaces behind the login shell that nobody has been in for as long as is allowed. */
export const loginReap: CommandFunction = async (context) => {
  requireRoot('login reap');
  const { engineOf } = await import('../login/admit.ts');
  const { policyFile } = await import('../login/places.ts');
  const { reap } = await import('../login/reap.ts');
  const { dryRun } = context.options;
  const host = context.options.host ?? (await engineOf(policyFile));
  const stopped = await reap({ policyFile, host, dryRun, now: Date.now() });
  await context.result({ dryRun, workspaces: stopped.map(result) }, () => text(stopped, dryRun));
  return 0;
};

function result({ container, uid, root, lastUsed }: RunningWorkspace): object {
  return { container, uid, folder: root, lastUsed: new Date(lastUsed).toISOString() };
}

function text(stopped: RunningWorkspace[], dryRun: boolean): string {
  const verb = dryRun ? 'would be stopped' : 'stopped';
  return stopped.map(({ container, root }) => `${container} (${root}): ${verb}\n`).join('');
}
