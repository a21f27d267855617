import type { Admission } from '../login/admit.ts';
import { formatBytes } from '../ui/format.ts';
import type { CommandFunction } from './context.ts';
import { requireRoot } from './require-root.ts';

/** What somebody would get behind the login shell, and why; nothing is started. */
export const loginCheck: CommandFunction = async (context, { args: [name = '', repository] }) => {
  requireRoot('login check');
  const { admit, policyFor } = await import('../login/admit.ts');
  const { findPersonByName } = await import('../login/person.ts');
  const { checkDoor } = await import('../login/install/check-door.ts');
  const { runsAsPerson } = await import('../login/install/runs-as-person.ts');
  const { policyFile } = await import('../login/places.ts');
  const { demandFit } = await import('../login/premises.ts');
  const { identify } = await import('../plan/identity.ts');
  const person = await findPersonByName(name);
  const personal = await policyFor(person, policyFile);
  demandFit({ own: (await runsAsPerson()) ?? personal.policy.ownEngine }, personal.policy);
  const program = [process.execPath, ...process.argv.slice(1, 2)];
  const named = repository?.replace(/^@/, '');
  const options = { person, policyFile, repository: named, choose: undefined, program };
  const admission = await admit(personal, options);
  const problems = await checkDoor(person);
  admission.notices.push(...problems);
  const container = identify(admission.config.project, person).containerName;
  await context.result(result(admission, person.name, container), () => text(admission, container));
  return 0;
};

function result({ config, notices, policy }: Admission, user: string, container: string): object {
  return {
    user,
    repository: config.project.root,
    container,
    engine: policy.engine,
    image: config.image.kind === 'image' ? config.image.reference : config.image.dockerfile,
    network: config.confinement?.network ?? null,
    memory: config.resources.memory ?? null,
    cpus: config.resources.cpus ?? null,
    pids: config.resources.pids,
    maxSessions: policy.maxSessions,
    idleStop: policy.idleStop ?? null,
    notices,
  };
}

function text({ config, notices, policy }: Admission, container: string): string {
  const { image, resources, confinement } = config;
  const lines = [
    ['Repository', config.project.root],
    ['File', config.project.file ?? 'none: the policy’s image'],
    ['Image', image.kind === 'image' ? image.reference : `built from ${image.dockerfile}`],
    ['Container', container],
    ['Engine', policy.engine],
    ['Home', config.home],
    ['Network', confinement?.network ?? 'as the engine has it'],
    [
      'Limits',
      `${formatBytes(resources.memory ?? 0)} of memory, ${resources.cpus ?? 'all'} CPUs, ${resources.pids} processes`,
    ],
    ['Sessions', `${policy.maxSessions} at most`],
  ].map(([title = '', value]) => `${title.padEnd(12)}${value}`);
  return `${[...lines, ...notices].join('\n')}\n`;
}
