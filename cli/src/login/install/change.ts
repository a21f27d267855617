import type { InstallRecord } from './record.ts';

/** One thing to do on the machine, and why. */
export type Change = { reason: string } & (
  | { do: 'add-group'; path: string }
  | { do: 'remove-group'; path: string }
  | { do: 'make-folder'; path: string; mode: number }
  | { do: 'remove-folder'; path: string }
  | { do: 'set-mode'; path: string; mode: number }
  | WriteFile
  /** Owner and mode stay what they are. */
  | { do: 'edit-file'; path: string; before: string; after: string }
  | { do: 'remove-file'; path: string }
  | { do: 'write-record'; path: string; record: InstallRecord }
);

export interface WriteFile {
  do: 'write-file';
  path: string;
  mode: number;
  content: Buffer;
  /** The text that is there now. */
  before: string | undefined;
  /** What has to accept it before it may stay. */
  check: Check | undefined;
}

export type Check = 'sudoers' | 'sshd';
