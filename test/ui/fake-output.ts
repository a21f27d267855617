import { Writable } from 'node:stream';
import type { Output } from '../../cli/src/ui/output.ts';

/* eslint-disable no-control-regex -- escape sequences are what these are about */
const pieces = /\u001b\[[?0-9;]*[A-Za-z]|\n|\r|[^\u001b\n\r]/gu;
const sequence = /^\u001b\[([?0-9;]*)([A-Za-z])$/;
/* eslint-enable no-control-regex */

/** A stand-in for stdout or stderr that keeps what was written. */
export class FakeOutput extends Writable implements Output {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  text = '';

  constructor(terminal?: { columns: number; rows: number }) {
    super({ decodeStrings: false });
    if (terminal !== undefined) Object.assign(this, { isTTY: true, ...terminal });
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  /** What a terminal shows after all that was written: cursor moves and erasures carried out. */
  get screen(): string {
    const lines = [''];
    let row = 0;
    let column = 0;
    for (const [part] of this.text.matchAll(pieces)) {
      const [, count = '', command = ''] = sequence.exec(part) ?? [];
      if (part === '\n') {
        row += 1;
        column = 0;
        lines[row] ??= '';
      } else if (part === '\r' || command === 'G') column = 0;
      else if (command === 'A') row = Math.max(0, row - Number(count === '' ? 1 : count));
      else if (command === 'B') row += Number(count === '' ? 1 : count);
      else if (command === 'K') lines[row] = count === '2' ? '' : lines[row]!.slice(0, column);
      else if (command === 'J') lines.splice(row + 1);
      else if (command === '') {
        const line = (lines[row] ?? '').padEnd(column);
        lines[row] = line.slice(0, column) + part + line.slice(column + 1);
        column += 1;
      }
    }
    const shown = lines.map((line) => line.trimEnd());
    // Empty lines below the cursor are no different from no lines.
    while (shown.length > row + 1 && shown.at(-1) === '') shown.pop();
    return shown.join('\n');
  }
}
