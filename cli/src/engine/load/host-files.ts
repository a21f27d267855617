import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import type { FileKind, FileText, HostFiles } from '../../config/host-files.ts';

/** Bytes; more than any env file has. */
const usualLimit = 256 * 1024;

/** Something on the host that a Config depends on, and how it was then. */
export interface Source {
  path: string;
  /** Whether its content counts, or only what kind of thing it is. */
  content: boolean;
  state: string;
}

/** Reads files of the host, never waiting for any of them, and notes down what it was asked for. */
export class RecordedFiles implements HostFiles {
  private readonly recorded = new Map<string, Source>();

  /** Everything asked for, what does not exist included. */
  get sources(): Source[] {
    return [...this.recorded.values()];
  }

  /** `limit`: the most bytes a file may have. */
  read(path: string, limit = usualLimit): FileText {
    // Taken before the text, so that a change in between is noticed later.
    this.record(path, true);
    return readText(path, limit);
  }

  kind(path: string): FileKind {
    this.record(path, false);
    return kindOf(statIfThere(path));
  }

  /** Whether a name is taken in its folder, be it by a link to nowhere. */
  isThere(path: string): boolean | 'unknown' {
    this.record(path, false);
    const facts = statIfThere(path, lstatSync);
    return facts === 'unknown' ? facts : facts !== undefined;
  }

  private record(path: string, content: boolean): void {
    if (this.recorded.get(path)?.content === true) return;
    this.recorded.set(path, { path, content, state: stateOf(path, content) });
  }
}

/** Whether a source is still as it was when it was recorded. */
export function isUnchanged({ path, content, state }: Source): boolean {
  return stateOf(path, content) === state;
}

/** What changes when the thing at `path` does: its content, or only what kind of thing it is. */
export function stateOf(path: string, content: boolean): string {
  const facts = statIfThere(path);
  const kind = kindOf(facts);
  if (!content || typeof facts !== 'object') return kind;
  return [kind, facts.dev, facts.ino, facts.size, facts.mtimeMs, facts.ctimeMs].join(' ');
}

function kindOf(facts: Stats | 'unknown' | undefined): FileKind {
  if (facts === undefined) return 'missing';
  if (facts === 'unknown') return 'unknown';
  if (facts.isFile()) return 'file';
  return facts.isDirectory() ? 'folder' : 'other';
}

function statIfThere(path: string, stat = statSync): Stats | 'unknown' | undefined {
  try {
    return stat(path, { throwIfNoEntry: false });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return ['EACCES', 'EPERM', 'EIO'].includes(code) ? 'unknown' : undefined;
  }
}

function readText(path: string, limit: number): FileText {
  // Opening a device can have effects, so it is not even tried.
  const facts = statIfThere(path);
  if (typeof facts === 'object' && !facts.isFile()) return notAFile(facts);
  let descriptor: number;
  try {
    // A FIFO that has taken the file's place since would otherwise wait for a writer.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    return openFailure(error as NodeJS.ErrnoException);
  }
  try {
    const opened = fstatSync(descriptor);
    return opened.isFile() ? readOpened(descriptor, limit) : notAFile(opened);
  } catch (error) {
    const { message } = error as Error;
    return { problem: 'unreadable', message: `cannot be read: ${message}` };
  } finally {
    closeSync(descriptor);
  }
}

function readOpened(descriptor: number, limit: number): FileText {
  const buffer = Buffer.allocUnsafe(limit + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < buffer.length; length += read) {
    read = readSync(descriptor, buffer, length, buffer.length - length, null);
  }
  if (length > limit) {
    return { problem: 'too-big', message: `is larger than ${limit / 1024} KiB` };
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length));
    return { text };
  } catch {
    return { problem: 'not-text', message: 'is not text in UTF-8' };
  }
}

function notAFile(facts: Stats): FileText {
  const what = facts.isDirectory() ? 'a folder' : facts.isFIFO() ? 'a FIFO' : 'a device or socket';
  return { problem: 'not-a-file', message: `is ${what}, not a file` };
}

function openFailure({ code, message }: NodeJS.ErrnoException): FileText {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
      return { problem: 'missing-file', message: 'does not exist' };
    case 'ELOOP':
      return { problem: 'missing-file', message: 'is a link that leads to itself' };
    case 'EACCES':
    case 'EPERM':
      return { problem: 'unreadable', message: 'may not be read by you: permission denied' };
    default:
      return { problem: 'unreadable', message: `cannot be opened: ${message}` };
  }
}
