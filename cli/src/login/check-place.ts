import { lstat, readFile, realpath } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import type { CheckedPlace } from '../plan/confine.ts';
import type { Person } from './person.ts';

/** What is at a path of the host, and what speaks against its being the person's own. */
export interface Place {
  path: string;
  /** With every link followed. */
  realPath: string;
  /** As what goes on after the path: `belongs to uid 1001`; undefined: it is the person's own. */
  problem: string | undefined;
  /** What is there, where anything is. */
  checked: CheckedPlace | undefined;
}

/**
 * Looks at a path: the thing at its real path has to be the person's, and nobody else may put
 * another one in its place: each folder on the way is root's or the person's, and not writable by
 * others.
 */
export async function checkPlace(path: string, person: Person): Promise<Place> {
  const realPath = await realpath(path).catch(() => undefined);
  if (realPath === undefined) {
    return { path, realPath: path, problem: 'does not exist', checked: undefined };
  }
  const problem = await problemOf(realPath, person);
  const facts = await lstat(realPath, { bigint: true }).catch(() => undefined);
  const checked = facts && { path, device: String(facts.dev), inode: String(facts.ino) };
  return { path, realPath, problem, checked };
}

async function problemOf(path: string, person: Person): Promise<string | undefined> {
  const privateGroup = await hasPrivateGroup(person);
  for (const step of steps(path)) {
    const facts = await lstat(step).catch(() => undefined);
    if (facts === undefined) return 'does not exist';
    // Only what has changed in this moment.
    if (facts.isSymbolicLink()) return `is not where it seems: ${step} is a link`;
    const isLast = step === path;
    if (isLast && facts.uid !== person.uid) return `belongs to uid ${facts.uid}`;
    if (facts.uid !== 0 && facts.uid !== person.uid) {
      return `lies in ${step}, which belongs to uid ${facts.uid}`;
    }
    if (isWritableByOthers(facts, person, privateGroup)) {
      return isLast ? 'is writable by others' : `lies in ${step}, which is writable by others`;
    }
  }
  return undefined;
}

/** `/`, `/srv`, `/srv/ann`. */
function steps(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return ['/', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)];
}

/** Where every person has a group of their own, writing for that group is nothing of others'. */
function isWritableByOthers(
  { mode, gid, uid }: Stats,
  person: Person,
  privateGroup: boolean,
): boolean {
  if ((mode & 0o002) !== 0) return true;
  if ((mode & 0o020) === 0) return false;
  const isRoots = gid === 0 && uid === 0;
  return !isRoots && !(privateGroup && gid === person.gid);
}

/** Debian's and Red Hat's way: a group named like the person, in which nobody else is. */
async function hasPrivateGroup({ name, gid }: Person): Promise<boolean> {
  const groups = await readFile('/etc/group', 'utf8').catch(() => '');
  return groups.split('\n').some((line) => {
    const [group, , number, members] = line.split(':');
    return group === name && number === String(gid) && (members === '' || members === name);
  });
}
