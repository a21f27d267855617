import { text } from 'node:stream/consumers';
import { readContext, type ContextRequest } from '../login/read-context.ts';
import type { CommandFunction } from './context.ts';

/**
 * What reads the files of a build behind the login shell, with no rights but the person's, and
 * hands them to the broker on stdout. It is not meant to be typed.
 */
export const loginContext: CommandFunction = async ({ stdin, stdout }) => {
  await readContext(JSON.parse(await text(stdin)) as ContextRequest, stdout);
  return 0;
};
