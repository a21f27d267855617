import type { ApplyEvent, Report } from '../engine/events.ts';
import type { Reporter } from './reporter.ts';

/**
 * A reporter that is loaded at the first event, so that work with nothing to show does not pay
 * for it. Events wait in order until it is there.
 */
export function createLateReporter(load: () => Promise<Reporter>): {
  report: Report;
  finish: () => Promise<void>;
} {
  let loading: Promise<void> | undefined;
  let reporter: Reporter | undefined;
  const waiting: ApplyEvent[] = [];

  const loadAndCatchUp = async (): Promise<void> => {
    const loaded = await load();
    waiting.splice(0).forEach(loaded.report);
    reporter = loaded;
  };

  return {
    report: (event) => {
      if (reporter !== undefined) return reporter.report(event);
      waiting.push(event);
      loading ??= loadAndCatchUp();
    },
    finish: async () => {
      await loading;
      reporter?.finish();
    },
  };
}
