import { once } from 'node:events';
import { constants } from 'node:os';
import type { Order } from './guard.ts';

/** Milliseconds that a session gets to end after SIGTERM or SIGHUP before it is killed. */
const grace = 8_000;
/** Milliseconds after the last resort until the session is given up. */
const patience = 6_000;

/**
 * What to do about signals: pass them on; kill the session on the second one, or some time after
 * one that means the end. Whoever holds a terminal presses keys instead, so there SIGTERM and
 * SIGHUP mean that the terminal has gone.
 */
export class Interruption {
  readonly #tty: boolean;
  readonly #abandonment = new AbortController();
  #order: ((order: Order) => void) | undefined;
  #ending = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(tty: boolean) {
    this.#tty = tty;
  }

  /** Aborted when the session does not obey, or was not begun yet. */
  get abandoned(): AbortSignal {
    return this.#abandonment.signal;
  }

  /** Settles with 128+n once the session is abandoned. */
  async status(): Promise<number> {
    if (!this.abandoned.aborted) await once(this.abandoned, 'abort');
    return this.abandoned.reason as number;
  }

  /** From now on there is a session to pass signals on to. */
  passTo(order: (order: Order) => void): void {
    this.#order = order;
  }

  receive(signal: NodeJS.Signals): void {
    const status = 128 + constants.signals[signal];
    if (this.#order === undefined) return this.#abandon(status);
    const name = signal.slice('SIG'.length);
    if (name.startsWith('USR')) return this.#order(name);

    // A terminal that goes away may say so more than once.
    if (this.#ending) return name === 'HUP' ? undefined : this.#kill(status);
    this.#ending = !this.#tty || name !== 'INT';
    const gone = name === 'TERM' || name === 'HUP';
    if (this.#tty && gone) return this.#finish(status);
    this.#order(name);
    if (gone) this.#later(grace, () => this.#kill(status));
  }

  /** Our reader has gone: the session is told as a pipe would tell it, and then made to end. */
  receivePipe(): void {
    if (this.#tty) return this.receive('SIGHUP');
    const status = 128 + constants.signals.SIGPIPE;
    if (this.#order === undefined) return this.#abandon(status);
    this.#order('PIPE');
    this.#later(1_000, () => this.#finish(status));
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #abandon(status: number): void {
    this.#abandonment.abort(status);
  }

  #kill(status: number): void {
    this.#order?.('KILL');
    this.#later(patience, () => this.#abandon(status));
  }

  #finish(status: number): void {
    this.#order?.('finish');
    this.#later(patience, () => this.#abandon(status));
  }

  #later(milliseconds: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, milliseconds);
  }
}
