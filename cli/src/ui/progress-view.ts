import type { Colors } from 'picocolors/types.js';
import type { ApplyEvent } from '../engine/events.ts';
import { formatBytes, formatDuration } from './format.ts';
import { LineSplitter } from './line-splitter.ts';
import { printable } from './printable.ts';

/** What is on the screen while work goes on, as lines; tty-reporter.ts draws them. */
export class ProgressView {
  readonly #lines: (TextLine | StepLine)[] = [];

  add(event: ApplyEvent, now: number): void {
    if (event.type === 'plan') return;
    if (event.type === 'notice') this.#lines.push({ kind: 'notice', text: event.text });
    else if (event.type === 'undo-started') this.#lines.push({ kind: 'undo', text: event.title });
    else if (event.type === 'step-started') this.#lines.push(startedStep(event, now));
    else this.#step(event.index)?.take(event, now);
  }

  /** The lines as they stand; `spinner` is the sign before a running step. */
  render(now: number, spinner: string, colors: Colors): string[] {
    return this.#lines.flatMap((line) =>
      line instanceof StepLine ? line.render(now, spinner, colors) : renderText(line, colors),
    );
  }

  #step(index: number): StepLine | undefined {
    return this.#lines.findLast(
      (line): line is StepLine => line instanceof StepLine && line.index === index,
    );
  }
}

interface TextLine {
  kind: 'notice' | 'undo';
  text: string;
}

interface Part {
  status: string;
  current: number | undefined;
  total: number | undefined;
}

const outputShown = 5;
const partsShown = 4;
const finishedPart = /complete|exists|done/i;

class StepLine {
  state: 'running' | 'done' | 'failed' = 'running';
  milliseconds = 0;
  readonly #output: string[] = [];
  readonly #splitter = new LineSplitter();
  readonly #parts = new Map<string, Part>();

  constructor(
    readonly index: number,
    readonly title: string,
    readonly reason: string,
    readonly startedAt: number,
  ) {}

  take(event: ApplyEvent, now: number): void {
    if (event.type === 'step-output') {
      this.#output.push(...this.#splitter.push(event.text).map(printable));
      this.#output.splice(0, this.#output.length - outputShown);
    } else if (event.type === 'step-progress') {
      const { part, status, current, total } = event;
      this.#parts.set(part, { status, current, total });
    } else if (event.type === 'step-finished') {
      this.state = 'done';
      this.milliseconds = event.milliseconds;
    } else if (event.type === 'step-failed') {
      this.state = 'failed';
      this.milliseconds = now - this.startedAt;
    }
  }

  render(now: number, spinner: string, colors: Colors): string[] {
    const title = printable(this.title);
    if (this.state === 'done') return [`${colors.green('✔')} ${title} ${this.#time(now, colors)}`];
    if (this.state === 'failed') return [`${colors.red('✖')} ${title} ${this.#time(now, colors)}`];
    const reason = colors.dim(`(${printable(this.reason)})`);
    return [
      `${colors.cyan(spinner)} ${title} ${reason} ${this.#time(now, colors)}`,
      ...this.#renderParts().map((line) => `    ${line}`),
      ...this.#renderOutput().map((line) => `  ${colors.dim(`| ${line}`)}`),
    ];
  }

  #time(now: number, colors: Colors): string {
    const milliseconds = this.state === 'running' ? now - this.startedAt : this.milliseconds;
    return colors.dim(formatDuration(milliseconds));
  }

  #renderOutput(): string[] {
    const pending = printable(this.#splitter.pending);
    return (pending === '' ? this.#output : [...this.#output, pending]).slice(-outputShown);
  }

  #renderParts(): string[] {
    if (this.#parts.size === 0) return [];
    const parts = [...this.#parts];
    const active = parts.filter(([, { status }]) => !finishedPart.test(status));
    const lines = [`${parts.length - active.length} of ${parts.length} parts`];
    for (const [name, { status, current, total }] of active.slice(0, partsShown)) {
      lines.push(`${printable(name)}  ${printable(status)}  ${amount(current, total)}`.trimEnd());
    }
    if (active.length > partsShown) lines.push(`and ${active.length - partsShown} more`);
    return lines;
  }
}

function startedStep(event: ApplyEvent & { type: 'step-started' }, now: number): StepLine {
  return new StepLine(event.index, event.title, event.reason, now);
}

function renderText({ kind, text }: TextLine, colors: Colors): string[] {
  const sign = kind === 'notice' ? colors.yellow('!') : colors.yellow('↩');
  return [`${sign} ${printable(text)}`];
}

function amount(current: number | undefined, total: number | undefined): string {
  if (current === undefined) return '';
  return total === undefined || total === 0
    ? formatBytes(current)
    : `${formatBytes(current)} of ${formatBytes(total)}`;
}
