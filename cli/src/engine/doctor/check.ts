/** One thing `devenv doctor` has looked at. */
export interface Check {
  /** Short and stable, for scripts: `engine`, `disk`. */
  name: string;
  /** `warn`: it works, but something is missing or slower than it could be. */
  status: 'ok' | 'warn' | 'fail';
  message: string;
  /** What to do about it; undefined when all is well. */
  hint?: string;
  /** Further lines worth showing. */
  details?: string[];
}

export function ok(name: string, message: string, details?: string[]): Check {
  return { name, status: 'ok', message, ...(details && { details }) };
}

export function warn(name: string, message: string, hint: string): Check {
  return { name, status: 'warn', message, hint };
}

export function fail(name: string, message: string, hint: string, details?: string[]): Check {
  return { name, status: 'fail', message, hint, ...(details && { details }) };
}
