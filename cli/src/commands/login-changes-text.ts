import type { Change } from '../login/install/change.ts';
import { isProgramFile } from '../login/install/places.ts';
import type { Conflict } from '../login/install/plan-install.ts';
import { lineDifference } from '../ui/line-difference.ts';
import { printable } from '../ui/printable.ts';

/** What will be done, a line for each change; with `texts`, what is in each file too. */
export function changesText(changes: Change[], { texts }: { texts: boolean }): string {
  const shown = withoutTwins(changes);
  return shown.map((change) => changeText(change, texts)).join('');
}

/** A conflict and how the two texts differ: - is what is there, + is devenv's. */
export function conflictLines({ path, reason, before, after }: Conflict): string[] {
  const difference = before === undefined ? [] : lineDifference(before, after);
  return [`${path} ${reason}${difference.length > 0 ? ':' : '.'}`, ...indented(difference)];
}

/** A change as --json tells it. */
export function changeResult({ do: kind, path, reason }: Change): object {
  return { do: kind, path, reason };
}

/** The program's files are many, and the record is written twice. */
function withoutTwins(changes: Change[]): Change[] {
  const seen = new Set<string>();
  return changes.filter((change) => {
    const key = `${change.do} ${shownPath(change)}`;
    return !seen.has(key) && seen.add(key);
  });
}

function changeText(change: Change, texts: boolean): string {
  const line = `${words[change.do]} ${shownPath(change)}: ${change.reason}`;
  const content = texts ? contentLines(change) : [];
  return [line, ...content].map((each) => `${printable(each)}\n`).join('');
}

function shownPath({ path, do: kind }: Change): string {
  const isOneOfMany = isProgramFile(path) && kind.endsWith('-file');
  return isOneOfMany ? `${path.slice(0, path.lastIndexOf('/'))}/*` : path;
}

const words: Record<Change['do'], string> = {
  'add-group': 'add the group',
  'remove-group': 'remove the group',
  'make-folder': 'make',
  'remove-folder': 'remove',
  'set-mode': 'protect',
  'write-file': 'write',
  'edit-file': 'change',
  'remove-file': 'remove',
  'write-record': 'write',
};

function contentLines(change: Change): string[] {
  if (change.do === 'edit-file') {
    const difference = lineDifference(change.before, change.after);
    return indented(difference.filter((line) => !line.startsWith(' ')));
  }
  if (change.do !== 'write-file' || isProgramFile(change.path)) return [];
  return indented(lineDifference(change.before ?? '', change.content.toString()));
}

function indented(lines: string[]): string[] {
  return lines.map((line) => `    ${line}`);
}
