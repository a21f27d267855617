import { once } from 'node:events';
import { expectValid } from '../commands/output-schemas.ts';
import type { CliOptions } from './cli.ts';
import type { Person } from './person.ts';

export interface WatchLine {
  type: string;
  [fact: string]: unknown;
}

export interface Watching {
  /** All lines so far. */
  readonly lines: WatchLine[];
  /** What came on stderr so far. */
  readonly stderr: string;
  /** Settles with the next line of that type after the last one that was waited for. */
  next(type: string, milliseconds?: number): Promise<WatchLine>;
  /** Interrupts it, and gives the exit code. */
  end(): Promise<number | undefined>;
  /** Settles with the exit code when it ends by itself. */
  exited: Promise<number | undefined>;
}

/** Starts `devenv watch --json` in a project, and reads what it says. */
export function startWatching(
  person: Person,
  cwd: string,
  args: string[] = ['watch'],
  options: CliOptions = {},
): Watching {
  const child = person.cli.start([...args, '--json'], { cwd, ...options });
  const lines: WatchLine[] = [];
  let rest = '';
  let stderr = '';
  let read = 0;
  const waiting = new Set<() => void>();
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((line) => expectValid('watch', line) as WatchLine));
    for (const look of waiting) look();
  });
  const exited = once(child, 'exit').then(([code]) => code as number | undefined);
  return {
    lines,
    get stderr() {
      return stderr;
    },
    exited,
    next: (type, milliseconds = 20_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          const since = JSON.stringify(lines.slice(read), undefined, 1);
          reject(new Error(`no line "${type}"; since then: ${since}\n${stderr}`));
        }, milliseconds);
        const look = (): void => {
          const index = lines.findIndex((line, at) => at >= read && line.type === type);
          if (index === -1) return;
          read = index + 1;
          waiting.delete(look);
          clearTimeout(timer);
          resolve(lines[index]!);
        };
        waiting.add(look);
        look();
      }),
    end: () => {
      child.kill('SIGINT');
      return exited;
    },
  };
}
