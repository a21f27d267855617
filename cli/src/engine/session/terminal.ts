import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';

export interface TerminalSize {
  columns: number;
  rows: number;
}

/**
 * Puts the person's terminal into raw mode, so that every key goes to the session; gives what
 * puts it back. Does nothing where stdin is no terminal.
 */
export function enterRawMode(stdin: Readable | null): {
  entered: Promise<void>;
  restore: () => void;
} {
  const terminal = stdin as Partial<typeof process.stdin> | null;
  if (terminal === null || terminal.isTTY !== true) {
    return { entered: Promise.resolve(), restore: () => {} };
  }
  const restore = (): void => {
    process.off('exit', restore);
    process.off('SIGCONT', resume);
    // A terminal that has gone cannot be put back, which Node reports as an error of stdin.
    terminal.on?.('error', ignore);
    terminal.setRawMode?.(false);
    terminal.off?.('error', ignore);
  };
  // Whoever continues a stopped devenv may have left another mode behind, unknown to Node.
  const resume = (): void => {
    terminal.setRawMode?.(false);
    terminal.setRawMode?.(true);
    void stopOutputProcessing(terminal);
  };
  process.on('exit', restore);
  process.on('SIGCONT', resume);
  terminal.setRawMode?.(true);
  return { entered: stopOutputProcessing(terminal), restore };
}

function ignore(): void {}

/** The terminal's size; undefined where it has none, or says 0. */
export function terminalSize(stdout: Writable): TerminalSize | undefined {
  const { columns = 0, rows = 0 } = stdout as Partial<WriteStream>;
  if (!(columns > 0 && rows > 0)) return undefined;
  return { columns: Math.min(columns, 65_535), rows: Math.min(rows, 65_535) };
}

/**
 * Calls `resize` with the size now and after every change, one call at a time: changes that come
 * meanwhile become one.
 */
export function followSize(
  stdout: Writable,
  resize: (size: TerminalSize) => Promise<void>,
): { set: Promise<void>; stop: () => void } {
  let running: Promise<void> | undefined;
  let changed = false;
  const run = async (): Promise<void> => {
    do {
      changed = false;
      const size = terminalSize(stdout);
      if (size !== undefined) await resize(size);
    } while (changed);
    running = undefined;
  };
  const onResize = (): void => {
    changed = true;
    running ??= run();
  };
  stdout.on('resize', onResize);
  running = run();
  return { set: running, stop: () => stdout.off('resize', onResize) };
}

/**
 * Node's raw mode leaves the terminal turning \n into \r\n. The container's terminal has done
 * that already, and where a program switched it off it wants the bare \n to move down only.
 */
async function stopOutputProcessing({ fd }: { fd?: number }): Promise<void> {
  if (process.platform === 'win32' || fd === undefined) return;
  const { spawn } = await import('node:child_process');
  const stty = spawn('stty', ['-opost'], { stdio: [fd, 'ignore', 'ignore'] });
  await once(stty, 'exit').catch(() => undefined);
}
