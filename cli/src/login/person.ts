import { realpath } from 'node:fs/promises';
import { DevenvError } from '../errors.ts';
import { pipeThrough } from '../engine/host/pipe-through.ts';
import type { Caller } from '../plan/world.ts';

/** Somebody with an account on this host. */
export interface Person extends Caller {
  /** Names of the groups that they are in. */
  groups: string[];
}

/**
 * Who called the broker: by SUDO_UID, which sudo sets itself, and what the host's accounts say of
 * that uid. Nothing else of the environment counts. Throws `denied` for root and for a uid
 * without an account.
 */
export async function findPerson(uid: string | undefined): Promise<Person> {
  if (uid === undefined || !/^\d{1,10}$/.test(uid)) {
    throw new DevenvError('denied', 'This program is for the login shell alone.', {
      hint: 'It is called by sudo, as "devenv login install" has set it up.',
    });
  }
  if (Number(uid) === 0) {
    throw new DevenvError('denied', 'Root has no workspace behind the login shell.', {
      hint: 'Log in as somebody else, or give root another shell.',
    });
  }
  const { exitCode, output } = await pipeThrough(['getent', 'passwd', uid], '');
  const [name = '', , found, gid = '', , home = ''] = output.trimEnd().split(':');
  if (exitCode !== 0 || found !== uid || !/^\d+$/.test(gid) || !home.startsWith('/')) {
    throw new DevenvError('denied', `The uid ${uid} has no account on this host.`, {
      hint: 'Ask the administrator of this host.',
    });
  }
  const groups = await groupsOf(name);
  // As paths are compared later, which have their links followed.
  const real = await realpath(home).catch(() => home);
  return { uid: Number(uid), gid: Number(gid), name, home: real, platform: 'linux', groups };
}

/** By name and once more by number would be twice: groups without a name are left out. */
async function groupsOf(name: string): Promise<string[]> {
  const { exitCode, output } = await pipeThrough(['id', '-zGn', '--', name], '');
  return exitCode === 0 ? output.split('\0').filter((group) => group !== '') : [];
}

/** The same by name, for administrators: `devenv login check ann`. */
export async function findPersonByName(name: string): Promise<Person> {
  const { output } = await pipeThrough(['getent', 'passwd', '--', name], '');
  const [found, , uid] = output.trimEnd().split(':');
  if (found === name) return findPerson(uid);
  throw new DevenvError('usage', `There is no account named ${name} on this host.`, {
    hint: 'Name one that "getent passwd" lists.',
  });
}
