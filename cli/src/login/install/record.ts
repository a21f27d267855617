import { DevenvError } from '../../errors.ts';
import { places } from './places.ts';

/** What devenv has written on this machine, so that no other text is ever taken for its own. */
export interface InstallRecord {
  /** By path, the sha256 of each text that may be there: two while a newer one is being written. */
  files: Record<string, string[]>;
  /** Folders that were not there before, in the order they were made. */
  folders: string[];
  /** Lines added to /etc/shells. */
  shells: string[];
  /** Whether the group was made. */
  group: boolean;
}

export const emptyRecord: InstallRecord = { files: {}, folders: [], shells: [], group: false };

export function recordText({ files, folders, shells, group }: InstallRecord): string {
  const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ version: 1, files: sorted, folders, shells, group }, null, 2)}\n`;
}

/** Fails with `install_failed` on what recordText has not written. */
export function parseRecord(text: string): InstallRecord {
  const record = parseJson(text) as Partial<InstallRecord> & { version?: unknown };
  const { version, files, folders, shells, group } = record ?? {};
  if (version !== 1 || !isTexts(folders) || !isTexts(shells) || typeof group !== 'boolean') {
    throw unreadable();
  }
  if (typeof files !== 'object' || files === null || !Object.values(files).every(isTexts)) {
    throw unreadable();
  }
  return { files, folders, shells, group };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function unreadable(cause?: unknown): DevenvError {
  return new DevenvError(
    'install_failed',
    `${places.record}, which says what devenv has written here, cannot be read.`,
    {
      hint: `Move it away and run "devenv login install --replace", which writes a new one.`,
      cause,
    },
  );
}
