import { readFile } from 'node:fs/promises';
import { places } from './places.ts';
import { wrapperText } from './wrapper-text.ts';

/** Whether the installed login shell is for engines of people's own; undefined: there is none. */
export async function runsAsPerson(): Promise<boolean | undefined> {
  const text = await readFile(places.shell, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : text === wrapperText({ own: true });
}
