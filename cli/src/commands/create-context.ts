import { DevenvError } from '../errors.ts';
import { abortOnInterrupt } from '../ui/interrupt.ts';
import { createLateReporter } from '../ui/late-reporter.ts';
import { write } from '../ui/output.ts';
import { resolveProgressStyle } from '../ui/progress-style.ts';
import { createReporter } from '../ui/reporter.ts';
import type { Context, GlobalOptions, Surroundings, WorkTools } from './context.ts';

/** What a command works with, from the outside world and the global options. */
export function createContext(surroundings: Surroundings, options: GlobalOptions): Context {
  return {
    options,
    // Getters, because touching stdin or a vanished current folder has effects of its own.
    get cwd() {
      return surroundings.cwd;
    },
    get stdin() {
      return surroundings.stdin;
    },
    environment: surroundings.environment,
    stdout: surroundings.stdout,
    stderr: surroundings.stderr,
    signals: surroundings.signals,
    result: async (value, text) => {
      const shown = options.json ? `${JSON.stringify(value, null, 2)}\n` : await text();
      await write(surroundings.stdout, shown);
    },
    work: (run) => work(surroundings, options, run),
  };
}

async function work<T>(
  surroundings: Surroundings,
  options: GlobalOptions,
  run: (tools: WorkTools) => Promise<T>,
): Promise<T> {
  const { stderr, environment, signals } = surroundings;
  const style = resolveProgressStyle(options.progress, stderr, environment);
  const reporter = createLateReporter(() =>
    createReporter(style, { stream: stderr, environment, now: Date.now }),
  );
  const interrupt = abortOnInterrupt(signals, () =>
    reporter.report({
      type: 'notice',
      text: 'Still taking back what was begun. Once more ends it at once, and leaves things as they are.',
    }),
  );
  try {
    return await run({
      report: reporter.report,
      signal: interrupt.signal,
      confirm: async (question) => {
        if (options.yes) return true;
        await reporter.finish();
        const { askYesOrNo } = await import('../ui/prompt.ts');
        return askYesOrNo(question, {
          stdin: surroundings.stdin,
          stderr,
          signal: interrupt.signal,
        });
      },
    });
  } catch (error) {
    throw interrupt.signal.aborted ? interrupted(error) : error;
  } finally {
    await reporter.finish();
    interrupt.dispose();
  }
}

/** An aborted call may fail in any way; the person knows it as an interruption. */
function interrupted(error: unknown): DevenvError {
  if (error instanceof DevenvError && error.code === 'interrupted') return error;
  const details = error instanceof DevenvError ? [error.message, ...error.details] : [];
  return new DevenvError('interrupted', 'Interrupted.', { details, cause: error });
}
