import { readFile, stat } from 'node:fs/promises';
import { DevenvError } from '../errors.ts';
import type { Config } from '../config/config.ts';
import type { CheckedPlace } from '../plan/confine.ts';
import type { SourceFacts } from '../plan/world.ts';
import { askReader } from './ask-reader.ts';
import { checkPlace, type Place } from './check-place.ts';
import type { Person } from './person.ts';
import { decide } from './policy/decide.ts';
import { hostPlaces } from './policy/host-places.ts';
import { plainDockerfile, type PlainDockerfile } from './policy/plain-dockerfile.ts';
import type { Policy } from './policy/policy.ts';
import { readPolicy, type Where } from './policy/read-policy.ts';
import type { Reader } from './reading.ts';
import { validateReading } from './validate-reading.ts';

export interface AdmitOptions {
  person: Person;
  /** The administrator's file. */
  policyFile: string;
  /** The repository that is named. */
  repository: string | undefined;
  /** Asks the person which repository; undefined where nobody can be asked. */
  choose: ((names: string[]) => Promise<string>) | undefined;
  /** The argv that starts devenv, for the process that reads the person's files. */
  program: string[];
  /** Hears which repository it is, as soon as that is known. */
  onFound?: (folder: string) => void;
}

/** What the policy lets somebody have. */
export interface Admission {
  policy: Policy;
  config: Config;
  source: SourceFacts;
  secrets: Record<string, string>;
  /** What is built, as it was judged; undefined where the image is a ready one. */
  dockerfile: PlainDockerfile | undefined;
  /** What is otherwise than the repository's file says, in words. */
  notices: string[];
}

/** A policy as it is for one person, and where its rules stand. */
export interface PersonalPolicy {
  policy: Policy;
  where: Where;
}

/** Throws `denied` where there is no sound policy: then nobody gets in. */
export async function policyFor(person: Person, file: string): Promise<PersonalPolicy> {
  const facts = await stat(file).catch(() => undefined);
  if (facts === undefined) throw noPolicy(`There is no ${file} on this host.`, []);
  if (facts.uid !== 0 || (facts.mode & 0o022) !== 0) {
    throw noPolicy(`${file} is not root’s alone, so that it says nothing.`, []);
  }
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw noPolicy(`${file} cannot be read: ${error.message}.`, []);
  });
  const read = readPolicy(file, text, person);
  if (read.policy !== undefined) return { policy: read.policy, where: read.where };
  const mistakes = read.diagnostics.map(
    ({ message, range }) => `${file}:${range.start.line}: ${message}`,
  );
  throw noPolicy(`There are mistakes in ${file}.`, mistakes);
}

/** The engine that the policy names: a person's, or for work on everybody's workspaces. */
export async function engineOf(file: string, person?: Person): Promise<string> {
  if (person !== undefined) return (await policyFor(person, file)).policy.engine;
  const root = {
    uid: 0,
    gid: 0,
    name: 'root',
    home: '/root',
    platform: 'linux',
    groups: [],
  } as const;
  return (await policyFor({ ...root, groups: [] }, file)).policy.engine;
}

/**
 * Everything that is decided before anything is made: which repository, what its file wants, and
 * what the policy says of that. Whatever speaks against it is thrown as `denied`, with the reasons.
 */
export async function admit(personal: PersonalPolicy, options: AdmitOptions): Promise<Admission> {
  const { person } = options;
  const { policy, where } = personal;
  const { config, source, secrets, warnings, dockerfile } = await read(policy, options);
  const paths = hostPlaces(config, source, person);
  const places = await Promise.all(paths.map((path) => checkPlace(path, person)));
  const byPath = new Map(places.map((place) => [place.path, place]));
  const facts = { config, source, dockerfile, places: byPath };
  const decision = decide({ policy, where, caller: person, ...facts });
  if ('denials' in decision) {
    throw new DevenvError('denied', 'The policy of this host does not allow this workspace.', {
      hint: 'Change the devenv file, or ask the administrator of this host.',
      details: decision.denials.map(({ message, rule }) => `${message} Rule: ${rule}.`),
    });
  }
  const { allowed } = decision;
  const built = allowed.image.kind === 'build' ? allowed.image : undefined;
  return {
    policy,
    config: allowed,
    dockerfile: built && plainDockerfile(dockerfile ?? '', built.args),
    source: { ...source, places: places.flatMap(mountable) },
    secrets,
    notices: [...warnings, ...decision.notices],
  };
}

/** By the path that was written and by the one that it leads to: either may be mounted. */
function mountable({ checked, realPath }: Place): CheckedPlace[] {
  return checked === undefined ? [] : [checked, { ...checked, path: realPath }];
}

async function read(policy: Policy, options: AdmitOptions): Promise<Reader> {
  const { person, choose, program } = options;
  let named = options.repository;
  for (;;) {
    const asks = choose !== undefined && named === undefined;
    const reading = validateReading(
      await askReader(program, person, {
        named,
        repositories: policy.repositories,
        home: person.home,
        defaults: { image: policy.images.default, home: policy.home },
        asks,
      }),
    );
    if ('config' in reading) {
      options.onFound?.(reading.config.project.root);
      return reading;
    }
    if ('failure' in reading) {
      const { text, folder } = reading.failure;
      if (folder !== undefined) options.onFound?.(folder);
      throw unusable(text.split('\n'));
    }
    if (!asks) throw unusable(reading.names);
    named = await choose(reading.names);
  }
}

function unusable(details: string[]): DevenvError {
  return new DevenvError('denied', 'There is no repository that you can work in.', { details });
}

function noPolicy(message: string, details: string[]): DevenvError {
  return new DevenvError('denied', message, {
    hint: 'Nobody gets in without a policy. Tell the administrator of this host.',
    details,
  });
}
