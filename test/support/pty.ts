import { spawn } from '@lydell/node-pty';

export interface Pty {
  /** All that has appeared on the terminal so far. */
  readonly output: string;
  write(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Settles when the pattern has appeared after the last one that was waited for. */
  waitFor(pattern: RegExp, milliseconds?: number): Promise<RegExpExecArray>;
  /** The exit status, or 128+n. */
  exited: Promise<number>;
  readonly pid: number;
  kill(signal: string): void;
  /** Closes the terminal, as closing its window does. */
  close(): void;
}

/** Runs a program on a terminal of its own, 80 columns by 24 rows unless told otherwise. */
export function openPty(
  file: string,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; columns?: number; rows?: number } = {},
): Pty {
  const { env, cwd, columns = 80, rows = 24 } = options;
  const pty = spawn(file, args, { cols: columns, rows, env, cwd, name: 'xterm-256color' });
  let output = '';
  let read = 0;
  const waiting = new Set<() => void>();
  pty.onData((data) => {
    output += data;
    for (const look of waiting) look();
  });
  const exited = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode, signal }) => resolve(signal ? 128 + signal : exitCode));
  });

  return {
    get output() {
      return output;
    },
    write: (keys) => pty.write(keys),
    resize: (newColumns, newRows) => pty.resize(newColumns, newRows),
    exited,
    pid: pty.pid,
    kill: (signal) => pty.kill(signal),
    close: () => (pty as unknown as { destroy(): void }).destroy(),
    waitFor: (pattern, milliseconds = 10_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          const seen = JSON.stringify(output.slice(read));
          reject(new Error(`${pattern} did not appear on the terminal; since then: ${seen}`));
        }, milliseconds);
        const look = (): void => {
          const match = pattern.exec(output.slice(read));
          if (match === null) return;
          read += match.index + match[0].length;
          waiting.delete(look);
          clearTimeout(timer);
          resolve(match);
        };
        waiting.add(look);
        look();
      }),
  };
}
