import { createHash } from 'node:crypto';
import type { Change } from '../../../cli/src/login/install/change.ts';
import { recordText, type InstallRecord } from '../../../cli/src/login/install/record.ts';
import type { Found, InstallWorld } from '../../../cli/src/login/install/world.ts';
import { places } from '../../../cli/src/login/install/places.ts';

/** A file of root's as it would be found. */
export function file(text: string, mode = 0o644, isRoots = true): Found {
  return { kind: 'file', mode, isRoots, sha256: sha256(text), text };
}

export function folder(entries: string[] = [], mode = 0o755): Found {
  return { kind: 'folder', mode, isRoots: true, entries };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A machine with these things on it, and the record among them if there is one. */
export function world(
  there: Record<string, Found>,
  { record, ...rest }: Partial<Omit<InstallWorld, 'there'>> = {},
): InstallWorld {
  const recorded = record === undefined ? {} : { [places.record]: file(recordText(record)) };
  return {
    there: new Map(Object.entries({ ...recorded, ...there })),
    record,
    group: { members: [] },
    shellUsers: [],
    ...rest,
  };
}

/** The machine as these changes would leave it, with root's own modes. */
export function changed(before: InstallWorld, changes: Change[]): InstallWorld {
  const there = new Map(before.there);
  let { record, group } = before;
  for (const change of changes) {
    const { path } = change;
    if (change.do === 'make-folder') there.set(path, folder([], change.mode));
    else if (change.do === 'write-file') there.set(path, file(String(change.content), change.mode));
    else if (change.do === 'edit-file') there.set(path, file(change.after));
    else if (change.do === 'add-group') group = { members: [] };
    else if (change.do === 'write-record') {
      record = change.record;
      there.set(path, file(recordText(change.record)));
    } else throw new Error(`${change.do} was not expected`);
  }
  return { ...before, there, record, group };
}

/** Changes as lines, as a person reads them. */
export function lines(changes: Change[]): string[] {
  return changes.map(({ do: kind, path, reason }) => `${kind} ${path}: ${reason}`);
}

/** The last record that the changes write. */
export function lastRecord(changes: Change[]): InstallRecord | undefined {
  return changes.flatMap((change) => (change.do === 'write-record' ? [change.record] : [])).at(-1);
}
