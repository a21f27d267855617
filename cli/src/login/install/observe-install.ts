import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { loginGroup, places } from './places.ts';
import { onMachine, type Machine } from './machine.ts';
import { parseRecord, type InstallRecord } from './record.ts';
import type { Found, InstallWorld, Person } from './world.ts';

/** What is on the machine at these paths and at those of the record; who is in the group. */
export async function observeInstall(machine: Machine, paths: string[]): Promise<InstallWorld> {
  const record = await readRecord(machine);
  const recorded = [...Object.keys(record?.files ?? {}), ...(record?.folders ?? [])];
  const all = new Set([...paths, ...recorded, places.record, places.shells]);
  const there = new Map<string, Found>();
  for (const path of all) {
    const found = await look(machine, path);
    if (found !== undefined) there.set(path, found);
  }
  return { there, record, ...(await observePeople(machine)) };
}

async function readRecord(machine: Machine): Promise<InstallRecord | undefined> {
  const found = await look(machine, places.record);
  return found?.kind === 'file' ? parseRecord(found.text) : undefined;
}

async function look(machine: Machine, path: string): Promise<Found | undefined> {
  const file = onMachine(machine, path);
  const stats = await lstat(file).catch(absent);
  if (stats === undefined) return undefined;
  const owned = { mode: stats.mode & 0o7777, isRoots: stats.uid === machine.owner.uid };
  if (stats.isDirectory()) return { kind: 'folder', ...owned, entries: await readdir(file) };
  if (stats.isSymbolicLink()) return { kind: 'other', what: 'a symbolic link' };
  if (!stats.isFile()) return { kind: 'other', what: 'no regular file' };
  const content = await readFile(file);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { kind: 'file', ...owned, sha256, text: content.toString() };
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}

/** By getent, since people may be known from elsewhere than /etc/passwd. */
export async function observePeople(
  machine: Machine,
): Promise<Pick<InstallWorld, 'group' | 'shellUsers'>> {
  const passwd = await machine.run(['/usr/bin/getent', 'passwd']);
  const people = passwd.stdout.split('\n').flatMap((line) => {
    const [name = '', , , gid = '', , , shell = ''] = line.split(':');
    return name === '' ? [] : [{ name, gid, shell }];
  });
  const shellUsers = people.filter(({ shell }) => shell === places.shell).map(({ name }) => name);
  const group = await machine.run(['/usr/bin/getent', 'group', loginGroup]);
  if (group.exitCode !== 0) return { group: undefined, shellUsers };
  const [, , id, names = ''] = group.stdout.trim().split(':');
  const named = names.split(',').filter((name) => name !== '');
  const members = new Map<string, Person>(
    named.map((name) => [name, { name, shell: people.find((p) => p.name === name)?.shell ?? '' }]),
  );
  for (const { name, gid, shell } of people) if (gid === id) members.set(name, { name, shell });
  return { group: { members: [...members.values()] }, shellUsers };
}
