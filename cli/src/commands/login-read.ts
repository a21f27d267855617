import { text } from 'node:stream/consumers';
import picocolors from 'picocolors';
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
  let folder: string | undefined;
  const failureOf = (error: unknown): Reading => ({
    failure: { text: inWords(error), ...(folder !== undefined && { folder }) },
  });
  const answer = await readRepository(request, (found) => (folder = found)).then(
    (reading) =>
      'diagnostics' in reading ? failureOf(configInvalid(reading.diagnostics)) : reading,
    failureOf,
  );
  await write(stdout, JSON.stringify(answer));
  return 0;
};

/** As a person reads it, since the lines of files that it quotes are not for root to read. */
function inWords(error: unknown): string {
  const surroundings = {
    cwd: '/',
    colors: picocolors.createColors(false),
    readLine: readSourceLine,
  };
  return renderFailure(toFailure(error, {}), surroundings).trimEnd();
}
