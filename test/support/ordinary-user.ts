import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { execa } from 'execa';

export interface OrdinaryUser {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** Why no ordinary user can be made here; undefined where one can. */
export const noOrdinaryUser =
  userInfo().uid === 0 ? undefined : 'only root can add a user to this machine';

/**
 * Adds a user to this machine who is in no group but their own: to be called by root only, and
 * taken back with removeOrdinaryUser.
 */
export async function makeOrdinaryUser(): Promise<OrdinaryUser> {
  const name = `devenv-${randomBytes(4).toString('hex')}`;
  await execa('useradd', ['--create-home', '--user-group', '--shell', '/bin/sh', name]);
  const { stdout } = await execa('getent', ['passwd', name]);
  const [, , uid, gid, , home] = stdout.split(':');
  return { name, uid: Number(uid), gid: Number(gid), home: home! };
}

/** Ends what the user still runs and removes the account with its home. */
export async function removeOrdinaryUser({ name, uid }: OrdinaryUser): Promise<void> {
  await execa('pkill', ['-KILL', '-u', String(uid)], { reject: false });
  await execa('userdel', ['--force', '--remove', name]);
}
