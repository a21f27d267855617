import type { ApplyEvent } from '../engine/events.ts';
import { formatDuration } from './format.ts';
import { LineSplitter } from './line-splitter.ts';
import { printable } from './printable.ts';
import type { Reporter, ReporterSurroundings } from './reporter.ts';

const worthALine = 100;

/** One line an event, with the time since the first one: for logs and CI. */
export function createPlainReporter({ stream, now }: ReporterSurroundings): Reporter {
  const describe = createDescriber(now);
  let beginning: number | undefined;
  return {
    report: (event) => {
      beginning ??= now();
      const elapsed = formatDuration(now() - beginning).padStart(7);
      for (const line of describe(event)) stream.write(`[${elapsed}] ${printable(line)}\n`);
    },
    finish: () => undefined,
  };
}

function createDescriber(now: () => number): (event: ApplyEvent) => string[] {
  const statuses = new Map<string, string>();
  const output = new Map<number, LineSplitter>();
  const started = new Map<number, number>();

  const rest = (index: number): string[] =>
    (output.get(index)?.flush() ?? []).map((line) => `| ${line}`);

  return (event) => {
    switch (event.type) {
      case 'plan':
        return [];
      case 'step-started':
        started.set(event.index, now());
        return [`${event.title} (${event.reason})`];
      case 'step-output': {
        const lines = output.get(event.index) ?? new LineSplitter();
        output.set(event.index, lines);
        return lines.push(event.text).map((line) => `| ${line}`);
      }
      case 'step-progress': {
        // Byte counts come many times a second; a log wants the changes of state.
        const key = `${event.index} ${event.part}`;
        if (statuses.get(key) === event.status) return [];
        statuses.set(key, event.status);
        return [`| ${event.part}: ${event.status}`];
      }
      case 'step-finished':
        // The many small steps need no second line.
        if (event.milliseconds < worthALine) return rest(event.index);
        return [...rest(event.index), `done in ${formatDuration(event.milliseconds)}`];
      case 'step-failed': {
        const took = formatDuration(now() - (started.get(event.index) ?? now()));
        return [...rest(event.index), `failed after ${took}: ${event.message}`];
      }
      case 'undo-started':
        return [`undo: ${event.title}`];
      case 'notice': {
        const [first = '', ...more] = event.text.split('\n');
        return [`note: ${first}`, ...more];
      }
    }
  };
}
