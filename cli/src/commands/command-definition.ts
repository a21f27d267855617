/** One command of the program: what help, completion and the parser know about it. */
export interface CommandDefinition {
  /** As typed: `up`, `engine start`. */
  name: string;
  /** Its heading in help; undefined keeps it out of help and completion. */
  group: Group | undefined;
  /** One line, without a full stop. */
  summary: string;
  /** Further lines of its own help. */
  description?: string;
  args?: ArgumentDefinition[];
  options?: OptionDefinition[];
  /** A command line and what it is for. */
  examples?: [string, string][];
  /**
   * True for `shell`, `exec` and `run`: their exit code is that of what runs inside, so every
   * failure of devenv's own is 125.
   */
  session?: boolean;
  /** True when the first positional argument ends devenv's own options. */
  passThrough?: boolean;
}

export type Group =
  'Start' | 'Work inside' | 'Life cycle' | 'Look' | 'This machine' | 'Shared hosts';

export interface ArgumentDefinition {
  /** In capitals: TASK. */
  name: string;
  summary: string;
  optional?: boolean;
  variadic?: boolean;
  /** What the shell offers for it. */
  complete?: Completion;
}

export interface OptionDefinition {
  /** As commander takes them: `-c, --command <CMD>`. */
  flags: string;
  summary: string;
  complete?: Completion;
}

export type Completion = 'task' | 'workspace' | 'folder' | 'file' | string[];
