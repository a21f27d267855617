import { isEditorsOwn, quietTime } from '../../plan/watched.ts';

/** Milliseconds after which a batch counts as whole though changes go on. */
const patience = 10_000;

/** Changed paths, put together until a quiet moment comes. */
export class ChangeBatches {
  #paths = new Set<string>();
  #since = 0;
  #whole = false;
  #timer: NodeJS.Timeout | undefined;
  #take: (() => void) | undefined;

  /** Whether something has changed that nobody has taken yet. */
  get waiting(): boolean {
    return this.#paths.size > 0;
  }

  add(path: string): void {
    if (isEditorsOwn(path)) return;
    if (this.#paths.size === 0) this.#since = Date.now();
    this.#paths.add(path);
    const rest = Math.max(0, this.#since + patience - Date.now());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#finish(), Math.min(quietTime(this.#paths.size), rest));
  }

  /** Settles with the next whole batch; with an empty one when the signal is aborted before. */
  async next(signal: AbortSignal): Promise<string[]> {
    if (!this.#whole && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#take = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    this.#take = undefined;
    if (!this.#whole) return [];
    const paths = [...this.#paths];
    this.#paths.clear();
    this.#whole = false;
    return paths;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #finish(): void {
    this.#whole = true;
    this.#take?.();
  }
}
