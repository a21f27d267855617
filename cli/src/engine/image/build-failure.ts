import type { Diagnostic } from '../../config/diagnostic.ts';
import { DevenvError } from '../../errors.ts';
import type { DockerfileProblem } from '../../plan/dockerfile-problem.ts';
import { engineMessage, translateEngineError } from '../docker/errors.ts';
import { withoutWrapping } from './pull-failure.ts';

interface Place {
  /** Absolute host path. */
  dockerfile: string;
  /** One-based line of the instruction that failed, where one is known. */
  line: number | undefined;
  /** The last lines of the build's output. */
  tail?: string[];
  logFile?: string;
  /** The line of the file, for one that the engine names. */
  originalLine?: (line: number) => number;
  /** What is known of what the engine says, with what to do about it. */
  reason?: string | undefined;
}

/** Why a build failed, from what the engine says, with the Dockerfile's line. */
export function explainBuildFailure(error: unknown, place: Place): DevenvError {
  const translated = translateEngineError(error, 'build the image', '');
  if (isOwn(error) && error.code !== 'engine_failed') return located(error, place);
  if (translated.code !== 'engine_failed') return translated;
  const said = withoutPreamble(withoutWrapping(engineMessage(translated.cause ?? translated)));
  const line = lineIn(said, place.originalLine) ?? place.line;
  const where = line === undefined ? place.dockerfile : `${place.dockerfile}:${line}`;
  const tail = place.tail ?? [];
  const correct = 'Correct it and run the same command again.';
  const mend = isDiskFull(tail) ? freeTheDisk : (place.reason ?? correct);
  const log = place.logFile === undefined ? '' : ` All of the output is in ${place.logFile}.`;
  return new DevenvError('build_failed', `The build failed at ${where}: ${said}`, {
    hint: `${mend}${log}`,
    details: tail,
    diagnostics:
      line === undefined
        ? []
        : [diagnose('build-failed', 'This instruction failed.', place.dockerfile, line)],
    cause: translated.cause,
  });
}

/** A step that finds the disk full fails as any other: only what it has printed tells. */
function isDiskFull(tail: string[]): boolean {
  return tail.some((line) => /no space left on device|disk quota exceeded/i.test(line));
}

const freeTheDisk =
  'The disk was full: if it was the engine’s, "devenv prune" frees what no workspace uses.';

/** What is wrong with a Dockerfile before anything is built, all of it at once. */
export function explainProblems(problems: DockerfileProblem[], dockerfile: string): DevenvError {
  const diagnostics = problems.map(({ code, line, message, hint }): Diagnostic => ({
    severity: 'error',
    code,
    message,
    file: dockerfile,
    range: { start: { line, column: 1 }, end: { line, column: 1 } },
    hint,
  }));
  const where = problems.map(({ line }) => line).join(', ');
  return new DevenvError('build_failed', `${dockerfile} cannot be built: see line ${where}.`, {
    diagnostics,
  });
}

/** A failure that is explained already gets the place in front; what no place helps stays. */
function located(error: DevenvError, { dockerfile, line, reason }: Place): DevenvError {
  const { code, message, hint, details } = error;
  if (line === undefined || !['image_not_found', 'pull_failed'].includes(code)) return error;
  return new DevenvError(code, `${dockerfile}:${line}: ${message}`, {
    ...((reason ?? hint) && { hint: [reason, hint].filter(Boolean).join(' ') }),
    details,
    cause: error.cause,
  });
}

function diagnose(code: string, message: string, file: string, line: number): Diagnostic {
  const start = { line, column: 1 };
  return { severity: 'error', code, message, file, range: { start, end: start } };
}

/** What BuildKit puts in front of what went wrong. */
function withoutPreamble(message: string): string {
  return message.replace(
    /^failed to solve(?: with frontend [\w.]+)?: (?:rpc error: code = \w+ desc = )?(?:failed to create LLB definition: )?/,
    '',
  );
}

function isOwn(error: unknown): error is DevenvError {
  return error instanceof DevenvError;
}

/** "dockerfile parse error line 3: unknown instruction: FRUM" */
function lineIn(
  message: string,
  originalLine: Place['originalLine'] = (line) => line,
): number | undefined {
  const line = /dockerfile parse error (?:on )?line (\d+)/i.exec(message)?.[1];
  return line === undefined ? undefined : originalLine(Number(line));
}
