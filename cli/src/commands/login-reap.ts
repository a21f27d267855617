import { DevenvError } from '../errors.ts';
import type { PersonsAnswer } from '../login/ask-people.ts';
import type { RunningWorkspace } from '../login/plan-reap.ts';
import { printable } from '../ui/printable.ts';
import type { CommandFunction, Context } from './context.ts';
import { requireAdministrator, type Administrator } from './require-administrator.ts';

/** Stops the workspaces behind the login shell that nobody has been in for as long as is allowed. */
export const loginReap: CommandFunction = async (context) => {
  const { asksPeople, ...own } = await requireAdministrator('login reap');
  const { dryRun } = context.options;
  const { stopped, answers } = asksPeople
    ? await askAll(dryRun)
    : { stopped: await reapHere(context, own), answers: [] };
  await context.result({ dryRun, workspaces: stopped.map(result) }, () => text(stopped, dryRun));
  failForSilent(answers);
  return 0;
};

async function reapHere(
  { options }: Context,
  { premises, person }: Administrator,
): Promise<RunningWorkspace[]> {
  const { engineOf } = await import('../login/admit.ts');
  const { policyFile } = await import('../login/places.ts');
  const { reap } = await import('../login/reap.ts');
  const host = options.host ?? (await engineOf(policyFile, person));
  const { dryRun } = options;
  return reap({ policyFile, host, premises, dryRun, now: Date.now() });
}

async function askAll(
  dryRun: boolean,
): Promise<{ stopped: RunningWorkspace[]; answers: PersonsAnswer[] }> {
  const { askPeople } = await import('../login/ask-people.ts');
  const { stoppedWorkspaces } = await import('../login/peoples-words.ts');
  const answers = await askPeople(['login', 'reap', ...(dryRun ? ['--dry-run'] : [])]);
  return { stopped: stoppedWorkspaces(answers), answers };
}

/** After what was done for the others is told. */
function failForSilent(answers: PersonsAnswer[]): void {
  const silent = answers.filter(({ problem }) => problem !== undefined);
  if (silent.length === 0) return;
  throw new DevenvError('engine_failed', 'Not everybody’s workspaces could be looked at.', {
    hint: 'The others’ were. See to the engines of these people, then do it once more.',
    details: silent.map(({ person, problem = '' }) => `${person.name}: ${printable(problem)}`),
  });
}

function result({ container, uid, root, lastUsed }: RunningWorkspace): object {
  return { container, uid, folder: root, lastUsed: new Date(lastUsed).toISOString() };
}

function text(stopped: RunningWorkspace[], dryRun: boolean): string {
  const verb = dryRun ? 'would be stopped' : 'stopped';
  return stopped
    .map(({ container, root }) => `${printable(container)} (${printable(root)}): ${verb}\n`)
    .join('');
}
