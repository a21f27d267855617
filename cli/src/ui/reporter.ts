import type { Report } from '../engine/events.ts';
import type { Output } from './output.ts';
import type { ProgressStyle } from './progress-style.ts';

/** Shows what apply says. After `finish` the stream is clean and may be used by others. */
export interface Reporter {
  report: Report;
  /** Leaves what is shown in place and frees the terminal; a later event begins anew. */
  finish(): void;
}

export interface ReporterSurroundings {
  stream: Output;
  environment: NodeJS.ProcessEnv;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** The reporter for a style, loaded when there is something to show. */
export async function createReporter(
  style: Exclude<ProgressStyle, 'auto'>,
  surroundings: ReporterSurroundings,
): Promise<Reporter> {
  switch (style) {
    case 'tty':
      return (await import('./tty-reporter.ts')).createTtyReporter(surroundings);
    case 'plain':
      return (await import('./plain-reporter.ts')).createPlainReporter(surroundings);
    case 'json':
      return (await import('./json-reporter.ts')).createJsonReporter(surroundings);
    case 'quiet':
      return { report: () => undefined, finish: () => undefined };
  }
}
