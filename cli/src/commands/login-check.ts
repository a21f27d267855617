import type { Admission, PersonalPolicy } from '../login/admit.ts';
import type { Config } from '../config/config.ts';
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
  await context.result(result(admission, person.name, container), () =>
    text(admission, container, personal),
  );
  return 0;
};

function result(
  { config, notices, policy, dockerfile }: Admission,
  user: string,
  container: string,
): object {
  return {
    user,
    repository: config.project.root,
    container,
    engine: policy.engine,
    image: config.image.kind === 'image' ? config.image.reference : config.image.dockerfile,
    build: buildResult(config.image, dockerfile),
    network: config.confinement?.network ?? null,
    memory: config.resources.memory ?? null,
    cpus: config.resources.cpus ?? null,
    pids: config.resources.pids,
    maxSessions: policy.maxSessions,
    idleStop: policy.idleStop ?? null,
    notices,
  };
}

function buildResult(image: Config['image'], dockerfile: Admission['dockerfile']): object | null {
  if (image.kind !== 'build' || dockerfile === undefined) return null;
  const { context, target = null, confined } = image;
  return { context, target, images: namesOf(dockerfile), network: confined?.network ?? 'none' };
}

function namesOf({ images }: NonNullable<Admission['dockerfile']>): string[] {
  return [...new Set(images.map(({ reference }) => reference))];
}

function text(admission: Admission, container: string, { where }: PersonalPolicy): string {
  const { config, notices, policy, dockerfile } = admission;
  const { image, resources, confinement } = config;
  const lines = [
    ['Repository', config.project.root],
    ['File', config.project.file ?? 'none: the policy’s image'],
    ['Image', image.kind === 'image' ? image.reference : `built from ${image.dockerfile}`],
    ...(dockerfile === undefined ? [] : buildLines(config.image, dockerfile, where)),
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

function buildLines(
  image: Config['image'],
  dockerfile: NonNullable<Admission['dockerfile']>,
  where: PersonalPolicy['where'],
): string[][] {
  const network = image.kind === 'build' ? image.confined?.network : undefined;
  const reach = network === 'engine' ? 'the engine’s default network' : 'no network';
  const rule = (key: 'images.build' | 'images.build_network' | 'images.allow'): string =>
    `${key} (${where(key)})`;
  return [
    ['', `on ${namesOf(dockerfile).join(', ') || 'nothing'}, as ${rule('images.allow')} says`],
    ['', `at the login that finds it changed, as ${rule('images.build')} says`],
    ['', `with ${reach} for its commands, as ${rule('images.build_network')} says`],
  ];
}
