/** One-based line and column, as editors count. */
export interface Position {
  line: number;
  column: number;
}

/** An expected mistake in a file. Returned, never thrown. */
export interface Diagnostic {
  severity: 'error' | 'warning';
  /** Stable, for tools: `unknown-key`, `wrong-type`, … */
  code: string;
  message: string;
  /** Absolute path of the file. */
  file: string;
  range: { start: Position; end: Position };
  hint?: string;
  /** On an error that only a build fails for: what stands can be entered, looked at and ended. */
  blocks?: 'build';
}

/** Whether with this mistake there is nothing to go on with. */
export function isFatal({ severity, blocks }: Diagnostic): boolean {
  return severity === 'error' && blocks === undefined;
}
