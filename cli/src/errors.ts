import type { Diagnostic } from './config/diagnostic.ts';

/** Every way devenv itself can fail, with the exit code a script sees. The set is closed. */
const exitCodes = {
  usage: 2,
  config_invalid: 2,
  project_not_found: 2,
  workspace_not_found: 2,
  task_not_found: 2,
  confirmation_needed: 2,
  file_exists: 2,
  secret_missing: 2,
  engine_unreachable: 3,
  engine_start_failed: 3,
  image_not_found: 4,
  pull_failed: 4,
  push_failed: 4,
  build_failed: 4,
  bootstrap_failed: 4,
  denied: 5,
  hook_failed: 6,
  port_taken: 1,
  name_taken: 1,
  disk_full: 1,
  lock_timeout: 1,
  lock_lost: 1,
  folder_unusable: 1,
  clone_failed: 1,
  install_failed: 1,
  engine_failed: 1,
  session_failed: 125,
  interrupted: 130,
} as const;

export type ErrorCode = keyof typeof exitCodes;

interface Details {
  /** What to do next, as a sentence or a command. */
  hint?: string;
  /** Further lines worth showing: the tail of a log, what was tried. */
  details?: string[];
  /** The mistakes in a file that this failure is about. */
  diagnostics?: Diagnostic[];
  cause?: unknown;
}

/**
 * A failure a person has to hear about: what happened, where, and what to do next.
 * Thrown where it happens, shown once, by `ui/failure.ts`.
 */
export class DevenvError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: string[];
  readonly diagnostics: Diagnostic[];

  constructor(
    code: ErrorCode,
    message: string,
    { hint, details = [], diagnostics = [], cause }: Details = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'DevenvError';
    this.code = code;
    this.hint = hint;
    this.details = details;
    this.diagnostics = diagnostics;
  }

  get exitCode(): number {
    return exitCodes[this.code];
  }
}
