/** What other tools call a thing that devenv has under another name. */
export const otherWords: ReadonlyMap<string, string> = new Map([
  ['start', 'up'],
  ['rm', 'down'],
  ['remove', 'down'],
  ['delete', 'down'],
  ['destroy', 'down'],
  ['enter', 'shell'],
  ['attach', 'shell'],
  ['ssh', 'shell'],
  ['bash', 'shell'],
  ['version', '--version'],
  ['-v', '--version'],
  ['-V', '--version'],
]);
