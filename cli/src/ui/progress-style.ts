import type { Output } from './output.ts';

export const progressStyles = ['auto', 'tty', 'plain', 'json', 'quiet'] as const;

export type ProgressStyle = (typeof progressStyles)[number];

/** What `auto` means here: a live display where stderr is a terminal, else one line an event. */
export function resolveProgressStyle(
  style: ProgressStyle,
  stderr: Output,
  environment: NodeJS.ProcessEnv,
): Exclude<ProgressStyle, 'auto'> {
  if (style !== 'auto') return style;
  return stderr.isTTY === true && environment.TERM !== 'dumb' ? 'tty' : 'plain';
}
