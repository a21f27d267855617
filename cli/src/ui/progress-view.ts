import type { Colors } from 'picocolors/types.js';
import type { ApplyEvent, NoticeTone } from '../engine/events.ts';
import { cut, wrap } from './fit-line.ts';
import { formatBytes, formatDuration } from './format.ts';
import { LineSplitter } from './line-splitter.ts';
import { printable } from './printable.ts';

interface Look {
  now: number;
  /** The sign before a running step. */
  spinner: string;
  colors: Colors;
  /** Columns. */
  width: number;
}

/** What is on the screen while work goes on, as lines; tty-reporter.ts draws them. */
export class ProgressView {
  readonly #lines: (TextLine | StepLine)[] = [];

  add(event: ApplyEvent, now: number): void {
    if (event.type === 'plan') return;
    if (event.type === 'notice') {
      this.#lines.push({ kind: event.tone ?? 'warning', text: event.text });
    } else if (event.type === 'undo-started') this.#lines.push({ kind: 'undo', text: event.title });
    else if (event.type === 'step-started') this.#lines.push(startedStep(event, now));
    else this.#step(event.index)?.take(event, now);
  }

  /** Takes away what stands before the first running step, and so changes no more. */
  takeSettled(look: Look): string[] {
    const running = this.#lines.findIndex((line) => isRunning(line));
    const settled = this.#lines.splice(0, running === -1 ? this.#lines.length : running);
    return settled.flatMap((line) => renderLine(line, look));
  }

  /** The lines that are left, as they stand. */
  render(look: Look): string[] {
    return this.#lines.flatMap((line) => renderLine(line, look));
  }

  #step(index: number): StepLine | undefined {
    return this.#lines.findLast(
      (line): line is StepLine => line instanceof StepLine && line.index === index,
    );
  }
}

interface TextLine {
  kind: NoticeTone | 'warning' | 'undo';
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

  render({ now, spinner, colors, width }: Look): string[] {
    const title = printable(this.title);
    const over = `${title} ${this.#time(now, colors)}`;
    if (this.state === 'done') return wrap(colors.green('✔'), over, width);
    if (this.state === 'failed') return wrap(colors.red('✖'), over, width);
    const reason = colors.dim(`(${printable(this.reason)})`);
    const lines = [
      `${colors.cyan(spinner)} ${title} ${reason} ${this.#time(now, colors)}`,
      ...this.#renderParts().map((line) => `    ${line}`),
      ...this.#renderOutput().map((line) => `  ${colors.dim(`| ${line}`)}`),
    ];
    return lines.map((line) => cut(line, width));
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

function isRunning(line: TextLine | StepLine): boolean {
  return line instanceof StepLine && line.state === 'running';
}

function renderLine(line: TextLine | StepLine, look: Look): string[] {
  if (line instanceof StepLine) return line.render(look);
  const { colors, width } = look;
  return wrap(signOf(line.kind, colors), printable(line.text), width);
}

function signOf(kind: TextLine['kind'], colors: Colors): string {
  switch (kind) {
    case 'news':
      return colors.cyan('•');
    case 'good':
      return colors.green('✔');
    case 'bad':
      return colors.red('✖');
    case 'output':
      return colors.dim('|');
    case 'warning':
      return colors.yellow('!');
    case 'undo':
      return colors.yellow('↩');
  }
}

function amount(current: number | undefined, total: number | undefined): string {
  if (current === undefined) return '';
  return total === undefined || total === 0
    ? formatBytes(current)
    : `${formatBytes(current)} of ${formatBytes(total)}`;
}
