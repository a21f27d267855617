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
}
