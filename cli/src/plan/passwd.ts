import type { Account } from './account.ts';

/** One line of /etc/passwd, as in passwd(5). */
export interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
  shell: string;
}

/** The readable lines of a passwd file; broken ones are passed over, as the C library does. */
export function entries(passwd: string): PasswdEntry[] {
  return passwd.split('\n').flatMap((line) => {
    const [name, , uid, gid, , home, shell] = line.split(':');
    if (!name || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return [];
    return [{ name, uid: Number(uid), gid: Number(gid), home: home ?? '', shell: shell ?? '' }];
  });
}

/**
 * The image's passwd file with the session's account in it. Look-ups take the first match, so the
 * account comes first; the image's own line for the same uid stays behind it, and one with the
 * same name but another uid stays under a new name, so that its files still show an owner.
 */
export function withAccount(passwd: string, account: Account): string {
  const { name, uid, gid, home, shell } = account;
  const line = `${name}:x:${uid}:${gid}:${name}:${home}:${shell}`;
  return [line, ...renamed(passwd, name, uid)].join('\n') + '\n';
}

/** The image's group file with the account's primary group in it, by the same rules. */
export function withGroup(group: string, account: Account): string {
  const named = group
    .split('\n')
    .some((line) => new RegExp(`^[^:]+:[^:]*:${account.gid}:`).test(line));
  if (named) return group.endsWith('\n') ? group : `${group}\n`;
  return (
    [`${account.name}:x:${account.gid}:`, ...renamed(group, account.name, account.gid)].join('\n') +
    '\n'
  );
}

function renamed(text: string, name: string, id: number): string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.flatMap((line) => {
    const fields = line.split(':');
    if (fields[0] !== name) return [line];
    if (fields[2] === String(id)) return [];
    return [[`${name}-image`, ...fields.slice(1)].join(':')];
  });
}
