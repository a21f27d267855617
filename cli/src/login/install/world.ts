import type { InstallRecord } from './record.ts';

/** What is on the machine, as far as installing is concerned. */
export interface InstallWorld {
  /** By path; a path that is not in it is not there. */
  there: Map<string, Found>;
  record: InstallRecord | undefined;
  /** undefined where there is no such group. */
  group: { members: Person[] } | undefined;
  /** Everybody whose passwd shell is devenv's. */
  shellUsers: string[];
}

export interface Person {
  name: string;
  shell: string;
}

export type Found =
  | (Owned & { kind: 'file'; sha256: string; text: string })
  | (Owned & { kind: 'folder'; entries: string[] })
  | { kind: 'other'; what: string };

interface Owned {
  mode: number;
  /** Whether it belongs to root. */
  isRoots: boolean;
}
