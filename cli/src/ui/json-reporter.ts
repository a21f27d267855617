import type { Reporter, ReporterSurroundings } from './reporter.ts';

/** One JSON object a line, as devenv-schemas/output/events.schema.json describes. */
export function createJsonReporter({ stream, now }: ReporterSurroundings): Reporter {
  return {
    report: (event) => {
      stream.write(`${JSON.stringify({ time: new Date(now()).toISOString(), ...event })}\n`);
    },
    finish: () => undefined,
  };
}
