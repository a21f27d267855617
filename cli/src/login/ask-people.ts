import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DevenvError } from '../errors.ts';
import { observePeople } from './install/observe-install.ts';
import { thisMachine } from './install/machine.ts';
import { places } from './install/places.ts';
import { cacheHome } from './places.ts';
import { findPersonByName, type Person } from './person.ts';

/** Milliseconds, in which some workspaces can be stopped. */
const patience = 120_000;

/** Bytes of an answer. */
const mostBytes = 1024 * 1024;

export interface PersonsAnswer {
  person: Person;
  /** What devenv has said as JSON, in the words of a process that the person may have replaced. */
  answer: unknown;
  /** Why there is none. */
  problem?: string;
}

/**
 * Runs devenv as each person of the login shell, one after the other, with their rights and nothing
 * of our environment: how root asks about engines that are people's own. It is the installed devenv,
 * which they can read.
 */
export async function askPeople(args: string[]): Promise<PersonsAnswer[]> {
  const { group, shellUsers } = await observePeople(thisMachine());
  const names = new Set([...(group?.members ?? []).map(({ name }) => name), ...shellUsers]);
  const answers: PersonsAnswer[] = [];
  for (const name of names) {
    const person = await personBehindDoor(name);
    if (person !== undefined) answers.push(await ask(person, args));
  }
  return answers;
}

/** Root may be a member, and has no workspace behind the door. */
async function personBehindDoor(name: string): Promise<Person | undefined> {
  try {
    return await findPersonByName(name);
  } catch (error) {
    if (error instanceof DevenvError && error.code === 'denied') return undefined;
    throw error;
  }
}

async function ask(person: Person, args: string[]): Promise<PersonsAnswer> {
  const { uid, gid, home } = person;
  const argv = [places.program, ...args, '--json'];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, argv, {
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: home, XDG_CACHE_HOME: cacheHome },
      uid,
      gid,
      timeout: patience,
      killSignal: 'SIGKILL',
      maxBuffer: mostBytes,
    });
    return { person, answer: JSON.parse(stdout) as unknown };
  } catch (error) {
    return { person, answer: undefined, problem: problemOf(error as Error & { stdout?: string }) };
  }
}

/** As devenv tells a failure with --json, or as the system does. */
function problemOf({ message, stdout = '' }: Error & { stdout?: string }): string {
  try {
    const { error } = JSON.parse(stdout) as { error?: { message?: unknown } };
    return typeof error?.message === 'string' ? error.message : message;
  } catch {
    return message;
  }
}
