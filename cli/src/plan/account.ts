import { posix } from 'node:path';
import type { Config } from '../config/config.ts';
import { DevenvError } from '../errors.ts';
import { entries, type PasswdEntry } from './passwd.ts';
import type { Caller, EngineFacts, ImageFacts } from './world.ts';

/** Who the sessions of a workspace run as, inside. */
export interface Account {
  uid: number;
  gid: number;
  name: string;
  home: string;
  /** Absolute path of the shell. */
  shell: string;
}

/**
 * Decides who sessions run as. With `user: me` that is the caller's uid and gid, so that files
 * made inside belong to the caller outside. On a rootless engine uid 0 inside *is* the caller
 * outside, and any other uid is not, so `me` runs as 0 there.
 */
export function sessionAccount(
  config: Config,
  caller: Caller,
  engine: Pick<EngineFacts, 'rootless'>,
  image: ImageFacts,
): Account {
  const passwd = entries(image.passwd);
  if (config.user === 'me') {
    const uid = engine.rootless ? 0 : caller.uid;
    const gid = engine.rootless ? 0 : caller.gid;
    const existing = passwd.find((entry) => entry.uid === caller.uid && entry.uid !== 0);
    const shell = pickShell(config, image, existing);
    return { uid, gid, name: caller.name, home: callerHome(caller), shell };
  }
  const found = passwd.find(({ name }) => name === config.user) ?? unlisted(config.user, passwd);
  if (found !== undefined) {
    const { uid, gid, name } = found;
    // Somebody without a home of their own gets one, since "/" is no place for a volume.
    const home = posix.resolve('/', found.home) === '/' ? `/home/${name}` : found.home;
    return { uid, gid, name, home, shell: pickShell(config, image, found) };
  }
  throw new DevenvError('config_invalid', `The image has no user named ${config.user}.`, {
    hint: `Set "user" to me, to root, or to one of: ${passwd.map(({ name }) => name).join(', ')}.`,
  });
}

/** Who is meant by `root`, `1000` or `1000:1000` where no line has that name. */
function unlisted(user: string, passwd: PasswdEntry[]): PasswdEntry | undefined {
  if (user === 'root') return { uid: 0, gid: 0, name: 'root', home: '/root', shell: '' };
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(user) ?? [];
  if (uid === undefined) return undefined;
  const entry = passwd.find((candidate) => candidate.uid === Number(uid)) ?? {
    uid: Number(uid),
    // As the engine has it for a number that it finds nowhere.
    gid: 0,
    name: `uid${Number(uid)}`,
    home: '',
    shell: '',
  };
  return gid === undefined ? entry : { ...entry, gid: Number(gid) };
}

/** The account of a root session in the same workspace. */
export function rootAccount(account: Account): Account {
  return { uid: 0, gid: 0, name: 'root', home: '/root', shell: account.shell };
}

/**
 * Where the caller's home is inside: at its own path on Linux, so that paths agree; under /home
 * where the host's path would be foreign (macOS, Windows) or no place for files.
 */
export function callerHome(caller: Caller): string {
  const usable =
    caller.platform === 'linux' && posix.isAbsolute(caller.home) && caller.home !== '/';
  return usable && !caller.home.startsWith('/nonexistent') ? caller.home : `/home/${caller.name}`;
}

const noShells = ['nologin', 'false', 'sync', 'halt', 'shutdown'];

function pickShell(config: Config, image: ImageFacts, entry: PasswdEntry | undefined): string {
  if (config.shell !== undefined) return config.shell;
  const own = entry?.shell ?? '';
  if (image.shells.includes(own) && !noShells.includes(posix.basename(own))) return own;
  for (const name of ['bash', 'sh', 'ash']) {
    const found = image.shells.find((shell) => posix.basename(shell) === name);
    if (found !== undefined) return found;
  }
  return '/bin/sh';
}
