import cliTruncate from 'cli-truncate';
import wrapAnsi from 'wrap-ansi';

/** A line of what goes on, which the next moment changes: its end is no loss. */
export function cut(line: string, width: number): string {
  return cliTruncate(line, width);
}

/** All of a text that is there to be read, between words where it can be, beside its sign. */
export function wrap(sign: string, text: string, width: number): string[] {
  const lines = wrapAnsi(text, Math.max(1, width - 2), { hard: true, trim: false }).split('\n');
  return lines.map((line, index) => `${index === 0 ? sign : ' '} ${line.trimEnd()}`);
}
