import { randomInt } from 'node:crypto';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A person of a shared host. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
  /** The folder of their repositories. */
  repositories: string;
}

/**
 * Names with ids that no other test has: what is mounted into containers is the machine's own, so
 * that two hosts with an "ann" each must not be taken for one.
 */
export function describeAccounts(names: string[], folder: string): Account[] {
  const first = 34_000 + randomInt(300) * 100;
  return names.map((name, index) => ({
    name,
    uid: first + index,
    gid: first + index,
    home: join(folder, 'home', name),
    repositories: join(folder, 'repos', name),
  }));
}

/** Adds the accounts to the /etc that `run` sees, and makes their folders, empty. */
export async function addAccounts(
  accounts: Account[],
  run: (argv: string[]) => Promise<unknown>,
): Promise<void> {
  for (const { name, uid, gid, home, repositories } of accounts) {
    await run(['groupadd', '--gid', String(gid), name]);
    const ids = ['--uid', String(uid), '--gid', String(gid)];
    const options = ['--no-create-home', '--home-dir', home, '--shell', '/bin/sh'];
    // Odd names are what some tests are about.
    await run(['useradd', '--badname', ...ids, ...options, name]);
    for (const own of [home, join(home, '.ssh'), repositories]) {
      await mkdir(own, { recursive: true });
      await chown(own, uid, gid);
    }
    await chmod(home, 0o700);
  }
}
