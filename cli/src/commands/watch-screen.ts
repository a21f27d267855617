import type { ApplyEvent, Report } from '../engine/events.ts';
import type { Context, WorkTools } from './context.ts';

/**
 * Where watching shows what it says and does: one thing draws at a time, and what is said while
 * work goes on is drawn with the work.
 */
export class WatchScreen {
  readonly #context: Context;
  #report: Report | undefined;
  #free: Promise<unknown> = Promise.resolve();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Whether work goes on that draws. */
  get working(): boolean {
    return this.#report !== undefined;
  }

  work<T>(run: (tools: WorkTools) => Promise<T>): Promise<T> {
    return this.#alone(() =>
      this.#context.work(async (tools) => {
        this.#report = tools.report;
        try {
          return await run(tools);
        } finally {
          this.#report = undefined;
        }
      }),
    );
  }

  async show(event: ApplyEvent): Promise<void> {
    if (this.#report !== undefined) return this.#report(event);
    await this.#alone(() => this.#context.work((tools) => Promise.resolve(tools.report(event))));
  }

  #alone<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#free.then(run);
    this.#free = result.catch(() => undefined);
    return result;
  }
}
