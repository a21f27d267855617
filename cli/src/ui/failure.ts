import type { Colors } from 'picocolors/types.js';
import type { Diagnostic } from '../config/diagnostic.ts';
import { DevenvError, type ErrorCode } from '../errors.ts';
import { printable } from './printable.ts';
import { renderDiagnostic, type DiagnosticSurroundings } from './diagnostic-text.ts';

/** A failure as data: what `--json` prints under `error`. */
export interface Failure {
  code: ErrorCode | 'unexpected';
  message: string;
  hint?: string;
  details: string[];
  diagnostics: Diagnostic[];
}

/** What went wrong, from anything thrown. A stack is added only where DEVENV_DEBUG asks for it. */
export function toFailure(error: unknown, environment: NodeJS.ProcessEnv): Failure {
  const debug = environment.DEVENV_DEBUG !== undefined && environment.DEVENV_DEBUG !== '';
  const stack = debug && error instanceof Error ? stackLines(error) : [];
  if (error instanceof DevenvError) {
    const { code, message, hint, details, diagnostics } = error;
    return {
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      details: [...details, ...stack],
      diagnostics,
    };
  }
  return {
    code: 'unexpected',
    message: `Something unexpected went wrong: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'Run it again with DEVENV_DEBUG=1 to see where it comes from, and please report it.',
    details: stack,
    diagnostics: [],
  };
}

/**
 * The exit code of a failure. In a session (`shell`, `exec`, `run`) it is 125, so that it cannot
 * be taken for the status of the command inside; only an interruption stays 130.
 */
export function exitCodeOf(error: unknown, session: boolean): number {
  const own = error instanceof DevenvError ? error.exitCode : 1;
  return session && own !== 130 ? 125 : own;
}

/** A failure for a person: the diagnostics or the message, its details, and what to do next. */
export function renderFailure(failure: Failure, surroundings: DiagnosticSurroundings): string {
  const { colors } = surroundings;
  const lines = failure.diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, surroundings));
  lines.push(`${colors.red('devenv:')} ${printable(failure.message)}`);
  lines.push(...failure.details.flatMap((detail) => indent(detail, colors)));
  if (failure.hint !== undefined) lines.push(`${colors.cyan('hint:')} ${printable(failure.hint)}`);
  return `${lines.join('\n')}\n`;
}

function indent(detail: string, colors: Colors): string[] {
  return printable(detail)
    .split('\n')
    .map((line) => `  ${colors.dim('|')} ${line}`.trimEnd());
}

function stackLines(error: Error): string[] {
  const own = (error.stack ?? String(error)).split('\n');
  if (!(error.cause instanceof Error)) return own;
  const [first = '', ...rest] = stackLines(error.cause);
  return [...own, `caused by ${first}`, ...rest];
}
