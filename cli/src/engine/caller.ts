import { homedir, userInfo } from 'node:os';
import type { Caller } from '../plan/world.ts';

/**
 * The person who runs devenv. On Windows, which has no numeric ids, 1000 stands in: bind mounts
 * there show every file as everybody's.
 */
export function currentCaller(): Caller {
  const user = userInfo();
  const numeric = user.uid >= 0;
  return {
    uid: numeric ? user.uid : 1000,
    gid: numeric ? user.gid : 1000,
    name: user.username,
    home: homedir(),
    platform: process.platform,
  };
}
