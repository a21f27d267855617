import { appendFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeThrough } from '../engine/host/pipe-through.ts';
import { DevenvError } from '../errors.ts';
import { makeFolders } from './make-folders.ts';
import type { Policy } from './policy/policy.ts';

/** One line of the audit log. */
export interface AuditRecord {
  event: 'start' | 'end' | 'denied' | 'failed';
  uid: number | undefined;
  user: string | undefined;
  /** Address and port of the client, as the environment says. */
  from: string | undefined;
  repository?: string | undefined;
  /** The beginning of it, bytes that are not text as U+FFFD. */
  command?: string | undefined;
  container?: string | undefined;
  /** Why it was denied, or what failed. */
  reasons?: string[];
  exitStatus?: number;
  durationMs?: number;
  bytesIn?: number;
  bytesOut?: number;
}

/** Writes records; settles when the record is where it belongs. */
export type Audit = (record: AuditRecord) => Promise<void>;

/** Characters of a command, or of a line that a build has written, that are kept: enough to know it by, and no way to fill a disk. */
const longest = 4096;

/**
 * Opens the file for each record, so that it can be renamed at any time, and adds to it in one
 * write, so that lines of several sessions stay whole. Throws `folder_unusable` where nothing can be
 * written: then nobody gets in.
 */
export function openAudit(target: Policy['audit'], now: () => Date): Audit {
  return async (record) => {
    const line = `${escape({ time: now().toISOString(), ...shorten(record) })}\n`;
    if (target.to === 'syslog') return writeSyslog(line);
    try {
      await makeFolders(dirname(target.path), 0o750);
      await appendFile(target.path, line, { mode: 0o640 });
    } catch (cause) {
      throw notWritten(`${target.path}: ${(cause as Error).message}`, cause);
    }
  };
}

function shorten(record: AuditRecord): AuditRecord {
  const { command, reasons } = record;
  return {
    ...record,
    ...(command !== undefined && { command: command.slice(0, longest) }),
    ...(reasons !== undefined && { reasons: reasons.map((reason) => reason.slice(0, longest)) }),
  };
}

/** No byte of somebody else's reaches a terminal that shows the log. */
function escape(record: object): string {
  return JSON.stringify(record).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const marks = ['--tag', 'devenv', '--priority', 'auth.info', '--size', '64KiB'];

async function writeSyslog(line: string): Promise<void> {
  const { exitCode, output } = await pipeThrough(
    // By itself logger keeps quiet about a syslog that is not there.
    ['logger', '--socket-errors=on', ...marks],
    line,
  );
  if (exitCode !== 0) throw notWritten(output.trim(), undefined);
}

function notWritten(problem: string, cause: unknown): DevenvError {
  return new DevenvError('folder_unusable', `The audit log cannot be written: ${problem}`, {
    hint: 'Without it nobody gets in. Tell the administrator of this host.',
    cause,
  });
}
