import type { Command as WrittenCommand } from 'devenv-schemas/generated/devenv-file.js';
import type { Command, SimpleCommand } from './config.ts';
import type { Draft } from './draft.ts';
import { toRecord } from './to-record.ts';
import type { Path } from './tree.ts';
import { nameOf } from './wording.ts';

/** A hook, a task or any other command: text, a list, or a map of these. */
export function readCommand(draft: Draft, written: WrittenCommand, path: Path): Command {
  if (typeof written === 'string' || Array.isArray(written)) {
    return readSimpleCommand(draft, written, path);
  }
  const commands = Object.entries(written).map(
    ([name, command]) => [name, readSimpleCommand(draft, command, [...path, name])] as const,
  );
  return { kind: 'parallel', commands: toRecord(commands) };
}

export function readSimpleCommand(
  draft: Draft,
  written: string | string[],
  path: Path,
): SimpleCommand {
  const first = typeof written === 'string' ? written : (written[0] ?? '');
  if (first.trim() === '') {
    draft.error('empty-command', path, `"${nameOf(path)}" is an empty command.`);
  }
  return typeof written === 'string'
    ? { kind: 'shell', script: written }
    : { kind: 'argv', argv: written };
}
