import { text } from 'node:stream/consumers';
import picocolors from 'picocolors';
import { DevenvError } from '../errors.ts';
import type { Reading, ReadingRequest } from '../login/reading.ts';
import { readRepository } from '../login/reading.ts';
import { renderFailure, toFailure } from '../ui/failure.ts';
import { write } from '../ui/output.ts';
import { readSourceLine } from '../ui/source-excerpt.ts';
import { configInvalid } from '../engine/load/load.ts';
import type { CommandFunction } from './context.ts';

/**
 * The half of the login shell that has no rights but the person's: it reads a repository and tells
 * the broker, as JSON on stdout. It is not meant to be typed.
 */
export const loginRead: CommandFunction = async ({ stdin, stdout }) => {
  const request = JSON.parse(await text(stdin)) as ReadingRequest;
  const reading = await readRepository(request).catch((error: unknown) => failureOf(error));
  const answer = 'diagnostics' in reading ? failureOf(configInvalid(reading.diagnostics)) : reading;
  await write(stdout, JSON.stringify(answer));
  return 0;
};

/** In words, since the lines of the file that they quote are not for root to read. */
function failureOf(error: unknown): Extract<Reading, { failure: object }> {
  const surroundings = {
    cwd: '/',
    colors: picocolors.createColors(false),
    readLine: readSourceLine,
  };
  const rendered = renderFailure(toFailure(error, {}), surroundings);
  const notFound = error instanceof DevenvError && error.code === 'project_not_found';
  const code = notFound ? 'project_not_found' : 'config_invalid';
  return { failure: { code, text: rendered.trimEnd() } };
}
