import { createLogUpdate } from 'log-update';
import picocolors from 'picocolors';
import { wantsColor } from './output.ts';
import { ProgressView } from './progress-view.ts';
import type { Reporter, ReporterSurroundings } from './reporter.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameTime = 80;

/** A live display: one line a step with its time, and what the running one says. */
export function createTtyReporter({ stream, environment, now }: ReporterSurroundings): Reporter {
  const colors = picocolors.createColors(wantsColor(stream, environment));
  const display = createLogUpdate(stream as NodeJS.WriteStream);
  let view = new ProgressView();
  let timer: NodeJS.Timeout | undefined;

  const draw = (): void => {
    const frame = frames[Math.floor(now() / frameTime) % frames.length] ?? '';
    const width = (stream.columns ?? 80) - 1;
    const look = { now: now(), spinner: frame, colors, width };
    const settled = view.takeSettled(look);
    // Above the display, which holds no more lines than the terminal has.
    if (settled.length > 0) {
      display.clear();
      stream.write(`${settled.join('\n')}\n`);
    }
    const lines = view.render(look);
    if (lines.length > 0) display(lines.join('\n'));
  };

  return {
    report: (event) => {
      view.add(event, now());
      // The timer draws output and progress; only changes of state are worth a frame of their own.
      if (event.type !== 'step-output' && event.type !== 'step-progress') draw();
      timer ??= setInterval(draw, frameTime);
    },
    finish: () => {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      draw();
      display.done();
      view = new ProgressView();
    },
  };
}
