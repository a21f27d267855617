import { DevenvError } from '../errors.ts';

const hint = 'Try again. If it happens again, tell the administrator of this host.';

/**
 * A failure as somebody can use it who has no command but their login: advice to call devenv, or to
 * start it in another way, is of no use to them.
 */
export function fittingFailure(error: unknown): DevenvError {
  if (!(error instanceof DevenvError)) {
    const message = `Something unexpected went wrong: ${error instanceof Error ? error.message : String(error)}`;
    return new DevenvError('session_failed', message, { hint, cause: error });
  }
  if (error.hint === undefined || !/\bdevenv (?!login\b)|DEVENV_|\bdocker\b/.test(error.hint)) {
    return error;
  }
  const { code, message, details, diagnostics, cause } = error;
  return new DevenvError(code, message, { hint, details, diagnostics, cause });
}
