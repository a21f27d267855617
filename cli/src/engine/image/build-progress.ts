import type { BuildEvent } from './build-event.ts';

interface Running {
  /** `[2/4]`, or the whole title of a step without a number. */
  label: string;
  line: number | undefined;
  /** An output line that has not ended yet. */
  rest: string;
  /** The last lines it has written. */
  tail: string[];
}

/** Where a build has failed: at which line of the Dockerfile, and what was said last. */
export interface FailedStep {
  line: number | undefined;
  tail: string[];
}

/** Characters after which one is broken. */
const longestLine = 16 * 1024;

/** Enough to see what a command said before it failed. */
const tailLines = 20;

/** Makes readable lines of a build's events, the same for the log and for the person. */
export class BuildProgress {
  readonly #running = new Map<string, Running>();
  #failed: Running | undefined;
  #latest: Running | undefined;

  /** The text for one event, whole lines only; '' where there is nothing to say yet. */
  render(event: BuildEvent): string {
    switch (event.type) {
      case 'started': {
        const { step, title, line } = event;
        const label = /^\[[^\]]*\d+\/\d+\]/.exec(title)?.[0] ?? title;
        this.#latest = { label, line, rest: '', tail: [] };
        this.#running.set(step, this.#latest);
        return `${oneLine(title)}\n`;
      }
      case 'output':
        return this.#output(event.step, event.text);
      case 'finished': {
        const { step, cached, milliseconds } = event;
        const { label } = this.#running.get(step) ?? { label: step };
        const last = this.#end(step);
        return `${last}${label} ${cached ? 'cached' : `${(milliseconds / 1000).toFixed(1)} s`}\n`;
      }
      case 'failed': {
        this.#failed = this.#running.get(event.step);
        return this.#end(event.step);
      }
      case 'warning':
        return `warning: ${event.text}\n`;
    }
  }

  /** The step that failed; where none was said to have, the last one that started. */
  failedStep(): FailedStep {
    const { line, tail = [] } = this.#failed ?? this.#latest ?? {};
    return { line, tail };
  }

  #output(step: string, text: string): string {
    const running = this.#running.get(step);
    if (running === undefined) return text;
    const lines = (running.rest + text).split('\n');
    running.rest = lines.pop() ?? '';
    // A command need not ever end its line.
    if (running.rest.length > longestLine) {
      lines.push(running.rest);
      running.rest = '';
    }
    return lines.map((line) => this.#line(running, line)).join('');
  }

  #end(step: string): string {
    const running = this.#running.get(step);
    if (running === undefined) return '';
    const last = running.rest === '' ? '' : this.#line(running, running.rest);
    this.#running.delete(step);
    return last;
  }

  /** Says whose a line is while several steps run. */
  #line(running: Running, line: string): string {
    running.tail.push(line);
    running.tail.splice(0, running.tail.length - tailLines);
    return this.#running.size > 1 ? `${running.label} ${line}\n` : `${line}\n`;
  }
}

/** An instruction over several lines is told by its first. */
function oneLine(title: string): string {
  const [first = '', ...rest] = title.split('\n');
  return rest.length === 0 ? first : `${first} …`;
}
