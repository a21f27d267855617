import { homedir, userInfo } from 'node:os';
import { DevenvError } from '../../errors.ts';
import type { Caller } from '../../plan/world.ts';

/**
 * The person who runs devenv; a uid without a line in passwd, as containers and CI machines have,
 * is named after its number. On Windows, which has no numeric ids, 1000 stands in: bind mounts
 * there show every file as everybody's.
 */
export function currentCaller(): Caller {
  const uid = process.geteuid?.() ?? 1000;
  return {
    uid,
    gid: process.getegid?.() ?? 1000,
    name: ifListed(() => userInfo().username) ?? `uid${uid}`,
    home: ifListed(homedir) ?? withoutHome(uid),
    platform: process.platform,
  };
}

/** Node throws where passwd has no line for the caller. */
function ifListed<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

function withoutHome(uid: number): never {
  throw new DevenvError('folder_unusable', `There is no home folder for user ${uid}.`, {
    hint: 'Set the variable HOME to a folder of yours: devenv keeps its locks and notes below it.',
  });
}
