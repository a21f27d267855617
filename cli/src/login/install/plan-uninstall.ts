import type { Change } from './change.ts';
import { loginGroup, places } from './places.ts';
import type { InstallRecord } from './record.ts';
import { removeShell } from './shells-lines.ts';
import type { InstallWorld } from './world.ts';

export interface UninstallPlan {
  changes: Change[];
  left: Left[];
}

/** Something that stays, and why. */
export interface Left {
  path: string;
  reason: string;
}

/**
 * Decides what goes: what devenv has written and nobody has changed since. The way in closes
 * first, and sshd's drop-in goes last: without it, members with another shell reach that shell.
 */
export function planUninstall(record: InstallRecord, world: InstallWorld): UninstallPlan {
  const files = Object.keys(record.files).filter((path) => world.there.has(path));
  const own = files.filter((path) => isOwn(path, record, world));
  const folders = emptied(record, world, [...own, places.record]);
  const group = planGroup(record, world);
  return {
    changes: inOrder([
      ...planShells(record, world),
      ...own.map((path): Change => ({ do: 'remove-file', path, reason: 'devenv wrote it' })),
      ...group.changes,
      ...folders.gone.map((path): Change => ({
        do: 'remove-folder',
        path,
        reason: 'devenv made it',
      })),
    ]),
    left: [
      ...files
        .filter((path) => !own.includes(path))
        .map((path) => ({ path, reason: 'was changed after devenv had written it' })),
      ...folders.left,
      ...group.left,
    ],
  };
}

/** The record goes when all is done, so that what is broken off can be finished. */
function inOrder(changes: Change[]): Change[] {
  const { sudoers, sshd, record: path, library } = places;
  const only = (place: string): Change[] => changes.filter((change) => change.path === place);
  const own: string[] = [sudoers, sshd, library];
  const rest = changes.filter((change) => !own.includes(change.path));
  return [
    ...only(sudoers),
    ...rest.filter((change) => change.do !== 'remove-folder'),
    ...only(sshd),
    ...rest.filter((change) => change.do === 'remove-folder'),
    { do: 'remove-file', path, reason: 'nothing is left to remember' },
    ...only(library),
  ];
}

function isOwn(path: string, { files }: InstallRecord, { there }: InstallWorld): boolean {
  const found = there.get(path);
  return found?.kind === 'file' && files[path]?.includes(found.sha256) === true;
}

function planShells({ shells }: InstallRecord, { there }: InstallWorld): Change[] {
  const found = there.get(places.shells);
  if (found?.kind !== 'file') return [];
  const after = shells.reduce(removeShell, found.text);
  if (after === found.text) return [];
  const reason = 'devenv added this shell';
  return [{ do: 'edit-file', path: places.shells, before: found.text, after, reason }];
}

/** The folders devenv made of which nothing would be left, the innermost first. */
function emptied(
  { folders }: InstallRecord,
  { there }: InstallWorld,
  removed: string[],
): { gone: string[]; left: Left[] } {
  const gone: string[] = [];
  const left: Left[] = [];
  for (const path of folders.toSorted((a, b) => b.length - a.length)) {
    const found = there.get(path);
    if (found?.kind !== 'folder') continue;
    const rest = found.entries.filter(
      (name) => !removed.includes(`${path}/${name}`) && !gone.includes(`${path}/${name}`),
    );
    if (rest.length === 0) gone.push(path);
    else left.push({ path, reason: `holds ${someOf(rest.sort())}` });
  }
  return { gone, left };
}

function someOf(names: string[]): string {
  const [shown, more] = [names.slice(0, 3), names.length - 3];
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

function planGroup({ group }: InstallRecord, world: InstallWorld): UninstallPlan {
  if (!group || world.group === undefined) return { changes: [], left: [] };
  const names = world.group.members.map(({ name }) => name);
  if (names.length > 0) {
    const reason = `has members: ${names.join(', ')}`;
    return { changes: [], left: [{ path: `the group ${loginGroup}`, reason }] };
  }
  return {
    changes: [{ do: 'remove-group', path: loginGroup, reason: 'devenv made it' }],
    left: [],
  };
}
