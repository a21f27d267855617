import type { Output } from './output.ts';

export const progressStyles = ['auto', 'tty', 'plain', 'json', 'quiet'] as const;

export type ProgressStyle = (typeof progressStyles)[number];

/** What `auto` means here: a live display where stderr is a terminal, else one line an event. */
export function resolveProgressStyle(
  style: ProgressStyle,
  stderr: Output,
  environment: NodeJS.ProcessEnv,
): Exclude<ProgressStyle, 'auto'> {
  if (style !== 'auto' && style !== 'tty') return style;
  // Some terminals have no size, those of "script" say: nothing can be drawn on no columns.
  if (stderr.columns === 0 || stderr.rows === 0) return 'plain';
  if (style === 'tty') return style;
  return stderr.isTTY === true && environment.TERM !== 'dumb' ? 'tty' : 'plain';
}
