import { stripVTControlCharacters } from 'node:util';

/** Text from outside without escape sequences and control characters, which could fool a terminal. */
export function printable(text: string): string {
  return replaceControls(stripVTControlCharacters(text));
}

/** The same, one character for one, so that columns stay what they are. */
export function replaceControls(text: string): string {
  // eslint-disable-next-line no-control-regex -- finding control characters is the point
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '�');
}
