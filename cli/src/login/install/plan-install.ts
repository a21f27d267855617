import { createHash } from 'node:crypto';
import type { Change } from './change.ts';
import { loginGroup, places } from './places.ts';
import { emptyRecord, recordText, type InstallRecord } from './record.ts';
import { addShell } from './shells-lines.ts';
import type { Wanted, WantedFile, WantedFolder } from './wanted.ts';
import type { Found, InstallWorld } from './world.ts';

export interface InstallPlan {
  /** In the order they are carried out; empty when there is nothing to do. */
  changes: Change[];
  /** While there is one, nothing may be done. */
  conflicts: Conflict[];
}

/** Something that devenv has not written, where it would write. */
export interface Conflict {
  path: string;
  reason: string;
  /** What is there, where that is text. */
  before: string | undefined;
  after: string;
}

/**
 * Decides what has to change for the machine to be as wanted. What devenv has not written, or what
 * somebody has changed since, is a conflict, unless `replace`.
 */
export function planInstall(
  wanted: Wanted,
  world: InstallWorld,
  { replace }: { replace: boolean },
): InstallPlan {
  const record = world.record ?? emptyRecord;
  const group = planGroup(world);
  const folders = wanted.folders.map((folder) => planFolder(folder, world));
  const files = wanted.files.map((file) => planFile(file, world, record, replace));
  const shells = planShells(world);
  const obsolete = planObsolete(wanted, world, record);

  const after: InstallRecord = {
    files: Object.fromEntries([
      ...Object.entries(record.files).filter(([path]) => !obsolete.paths.includes(path)),
      ...files.flatMap(({ entry }) => (entry === undefined ? [] : [entry])),
    ]),
    folders: union(
      record.folders,
      changesOf(folders).map(({ path }) => path),
    ),
    shells: union(record.shells, shells.change === undefined ? [] : [places.shell]),
    group: record.group || group.length > 0,
  };
  return {
    changes: inOrder(
      [...group, ...changesOf([...folders, ...files, shells]), ...obsolete.changes],
      { before: record, after, isRecorded: textOf(world, places.record) === recordText(after) },
    ),
    conflicts: [...folders, ...files, shells].flatMap(({ conflict }) => conflict ?? []),
  };
}

/**
 * The record is written before everything it is about, so that what is broken off can be finished
 * or removed; sshd is told last, since only then anybody reaches the rest.
 */
function inOrder(
  changes: Change[],
  records: { before: InstallRecord; after: InstallRecord; isRecorded: boolean },
): Change[] {
  const { before, after, isRecorded } = records;
  const first = changes.filter(({ path }) => path === places.library);
  const last = changes.filter(({ path }) => path === places.sshd);
  const rest = changes.filter((change) => !first.includes(change) && !last.includes(change));
  const begins = changes.some((change) => change.do !== 'set-mode');
  return [
    ...first,
    ...(begins ? [recording(both(before, after))] : []),
    ...rest,
    ...last,
    ...(begins || !isRecorded ? [recording(after)] : []),
  ];
}

interface Planned {
  change?: Change;
  conflict?: Conflict;
}

function changesOf(planned: Planned[]): Change[] {
  return planned.flatMap(({ change }) => change ?? []);
}

function planGroup({ group }: InstallWorld): Change[] {
  if (group !== undefined) return [];
  return [{ do: 'add-group', path: loginGroup, reason: 'the people it is for' }];
}

/** A folder that is there stays as it is; that only root can change it is known by now. */
function planFolder({ path, mode, reason }: WantedFolder, { there }: InstallWorld): Planned {
  const found = there.get(path);
  if (found === undefined) return { change: { do: 'make-folder', path, mode, reason } };
  return found.kind === 'folder' ? {} : { conflict: obstacle(path, found, '') };
}

/** With the entry of the file in the record; none where it is not devenv's. */
function planFile(
  wanted: WantedFile,
  { there }: InstallWorld,
  record: InstallRecord,
  replace: boolean,
): Planned & { entry?: [string, string[]] } {
  const { path, mode, content, keep } = wanted;
  const sha256 = hash(content);
  const entry: [string, string[]] = [path, [sha256]];
  const found = there.get(path);
  if (found === undefined) return { change: writing(wanted, undefined, wanted.reason), entry };
  if (keep === true && found.kind === 'other') return {};
  if (found.kind !== 'file') return { conflict: obstacle(path, found, content.toString()) };
  const known = record.files[path] ?? [];
  if (found.sha256 === sha256) {
    // Root's own tightening of a file is kept.
    const isLoose = !found.isRoots || (found.mode & ~mode) !== 0;
    const tightened: Change = { do: 'set-mode', path, mode, reason: 'others could change it' };
    return { entry, ...(isLoose ? { change: tightened } : {}) };
  }
  if (keep === true) return planKept(path, found);
  if (known.includes(found.sha256)) {
    return { change: writing(wanted, found.text, 'devenv’s text is another now'), entry };
  }
  if (replace) return { change: writing(wanted, found.text, 'replaces another text'), entry };
  const reason =
    known.length > 0
      ? 'was changed after devenv had written it'
      : 'is there already, and not from devenv';
  return { conflict: { path, reason, before: found.text, after: content.toString() } };
}

/** Its text is the administrator's; that others could write it is nobody's intention. */
function planKept(path: string, { isRoots, mode }: { isRoots: boolean; mode: number }): Planned {
  if (isRoots && (mode & 0o022) === 0) return {};
  const reason = 'others could change it';
  return { change: { do: 'set-mode', path, mode: mode & ~0o022, reason } };
}

function writing(
  { path, mode, content, check }: WantedFile,
  before: string | undefined,
  reason: string,
): Change {
  return { do: 'write-file', path, mode, content, before, check, reason };
}

function obstacle(path: string, found: Found, after: string): Conflict {
  const what = found.kind === 'other' ? found.what : `a ${found.kind}`;
  return { path, reason: `is ${what}, which devenv does not replace`, before: undefined, after };
}

function planShells(world: InstallWorld): Planned {
  const path = places.shells;
  const before = textOf(world, path);
  if (before === undefined) {
    // To make one with a single line would take the other shells away from everybody.
    const reason = 'is not a file; make one that lists the shells of this machine';
    return { conflict: { path, reason, before, after: `${places.shell}\n` } };
  }
  const after = addShell(before, places.shell);
  if (after === before) return {};
  const reason = 'lists the login shells that sshd and others accept';
  return { change: { do: 'edit-file', path, before, after, reason } };
}

/**
 * Parts of an older program, and the right to start the broker as root where it is not started so
 * any more. Whatever else is recorded and not wanted now stays.
 */
function planObsolete(
  wanted: Wanted,
  { there }: InstallWorld,
  record: InstallRecord,
): { paths: string[]; changes: Change[] } {
  const paths = Object.keys(record.files).filter(
    (path) =>
      (path.startsWith(`${places.library}/`) || path === places.sudoers) &&
      !wanted.files.some((file) => file.path === path),
  );
  const own = paths.filter((path) => {
    const found = there.get(path);
    return found?.kind === 'file' && record.files[path]?.includes(found.sha256) === true;
  });
  const reason = 'is not needed any more';
  return { paths, changes: own.map((path) => ({ do: 'remove-file', path, reason })) };
}

/** While texts are being written, the old and the new one are both devenv's. */
function both(before: InstallRecord, after: InstallRecord): InstallRecord {
  const paths = union(Object.keys(before.files), Object.keys(after.files));
  return {
    ...after,
    files: Object.fromEntries(
      paths.map((path) => [path, union(before.files[path] ?? [], after.files[path] ?? [])]),
    ),
  };
}

function recording(record: InstallRecord): Change {
  const reason = 'what devenv has written, for updates and "devenv login uninstall"';
  return { do: 'write-record', path: places.record, record, reason };
}

function textOf({ there }: InstallWorld, path: string): string | undefined {
  const found = there.get(path);
  return found?.kind === 'file' ? found.text : undefined;
}

function hash(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function union(some: string[], more: string[]): string[] {
  return [...new Set([...some, ...more])];
}
