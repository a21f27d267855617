import type { Readable } from 'node:stream';
import type { Report } from '../engine/events.ts';
import type { OpenOptions } from '../engine/workspace.ts';
import type { SignalSource } from '../ui/interrupt.ts';
import type { Output } from '../ui/output.ts';
import type { ProgressStyle } from '../ui/progress-style.ts';

/** The options every command takes, before or after its name. */
export interface GlobalOptions {
  /** -C: look for the project from here. */
  directory: string | undefined;
  /** -f: the devenv file itself. */
  file: string | undefined;
  /** -w: a workspace by name, from anywhere. */
  workspace: string | undefined;
  /** --host: the engine's address. */
  host: string | undefined;
  json: boolean;
  progress: ProgressStyle;
  yes: boolean;
  dryRun: boolean;
}

/** The outside world as a command sees it; tests hand in their own. */
export interface Surroundings {
  cwd: string;
  environment: NodeJS.ProcessEnv;
  stdin: Readable & { isTTY?: boolean };
  stdout: Output;
  stderr: Output;
  signals: SignalSource;
}

export interface Context extends Surroundings {
  options: GlobalOptions;

  /**
   * Prints a command's result on stdout: `value` as JSON with --json, else `text()`.
   * `value` is described by devenv-schemas/output/<command>.schema.json.
   */
  result(value: object, text: () => string | Promise<string>): Promise<void>;

  /**
   * Runs work that takes a while: shows its progress on stderr, lets it ask, and aborts its
   * signal on Ctrl-C, SIGTERM and SIGHUP. The terminal is left clean when it ends. Fails with
   * `interrupted` when the signal was aborted and the work did not finish.
   */
  work<T>(run: (tools: WorkTools) => Promise<T>): Promise<T>;
}

export interface WorkTools {
  report: Report;
  /**
   * Asks a yes-or-no question; true at once with --yes. Fails with `confirmation_needed` where
   * nobody can be asked.
   */
  confirm: (question: string) => Promise<boolean>;
  signal: AbortSignal;
}

/** What the command line says beyond the global options, under commander's names. */
export interface Input {
  /** The positional arguments, in order. */
  args: string[];
  /** By long name in camel case: `{ volumes: true }`, `{ cache: false }` for --no-cache. */
  options: Record<string, string | boolean | undefined>;
}

/**
 * A command: the one export of commands/<name>.ts (`engine status` is engine-status.ts), entered
 * in command-table.ts and load-command.ts. Gives the exit code; failures are thrown.
 */
export type CommandFunction = (context: Context, input: Input) => Promise<number>;

/** Where the project of a call is looked for, as openWorkspace and load take it. */
export function openOptions({ options, cwd, environment }: Context): OpenOptions {
  const { directory, file, workspace, host } = options;
  return {
    cwd,
    environment,
    ...(directory === undefined ? {} : { directory }),
    ...(file === undefined ? {} : { file }),
    ...(workspace === undefined ? {} : { workspace }),
    ...(host === undefined ? {} : { host }),
  };
}
