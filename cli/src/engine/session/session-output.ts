import type { Writable } from 'node:stream';
import type { Channel } from './demultiplex.ts';
import { writeTo } from './write-to.ts';

interface Options {
  stdout: Writable;
  stderr: Writable;
  /** Whether the session begins with the wrapper's private line, and on which channel. */
  announcedOn: Channel | undefined;
  /** Whether the terminal's echo of the line that answers it has to be taken out too. */
  echo: boolean;
  /** Called once, when one of our streams takes no more: its reader has gone. */
  onClosed: () => void;
}

/**
 * Hands a session's output on, without the private line that the wrapper begins with. What comes
 * before that line is held back: if it never comes, those are the engine's words about why not.
 */
export class SessionOutput {
  /** The pid inside, once the session has said it. Stays open when it never starts. */
  readonly started: Promise<number>;
  readonly #options: Options;
  readonly #closed = new Set<Channel>();
  #resolve!: (pid: number) => void;
  #held: [Channel, Buffer][] = [];
  #phase: 'announcement' | 'echo' | 'open';

  constructor(options: Options) {
    this.#options = options;
    this.started = new Promise((resolve) => (this.#resolve = resolve));
    this.#phase = options.announcedOn === undefined ? 'open' : 'announcement';
    for (const channel of ['stdout', 'stderr'] as const) {
      options[channel].on('error', this.#onError[channel]);
    }
  }

  /** Takes a piece; settles when it has left this process. Never rejects. */
  async deliver(channel: Channel, piece: Buffer): Promise<void> {
    if (this.#phase === 'announcement') return this.#expectAnnouncement(channel, piece);
    if (this.#phase === 'echo') return this.#expectEcho(channel, piece);
    if (this.#options.announcedOn === undefined && this.#mayBeTheEngine(piece)) {
      this.#held.push([channel, piece]);
      return;
    }
    await this.#write(channel, piece);
  }

  /** Whether the session says when it has started. */
  get announced(): boolean {
    return this.#options.announcedOn !== undefined;
  }

  /** Whether it runs, as far as is known: one that does not say is taken to. */
  get hasStarted(): boolean {
    return this.#phase !== 'announcement';
  }

  /** What has been held back so far, as text. */
  get heldText(): string {
    return Buffer.concat(this.#held.map(([, piece]) => piece)).toString();
  }

  /** Hands on what is held back after all. */
  async release(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    // All at once: what comes next must not overtake them.
    await Promise.all(held.map(([channel, piece]) => this.#write(channel, piece)));
  }

  /** Lets go of our streams. One whose reader has gone may still report that, and is kept. */
  close(): void {
    for (const channel of ['stdout', 'stderr'] as const) {
      if (this.#closed.has(channel)) continue;
      this.#options[channel].off('error', this.#onError[channel]);
    }
  }

  async #expectAnnouncement(channel: Channel, piece: Buffer): Promise<void> {
    this.#held.push([channel, piece]);
    if (channel !== this.#options.announcedOn) return;
    const text = Buffer.concat(this.#held.flatMap(([one, held]) => (one === channel ? held : [])));
    const found = /(^|\n)devenv-session (\d+)\r?\n/.exec(text.toString('latin1'));
    if (found === null) return;
    const begin = found.index + found[1]!.length;
    const rest = text.subarray(found.index + found[0].length);
    this.#held = this.#held.filter(([one]) => one !== channel);
    this.#held.push([channel, Buffer.concat([text.subarray(0, begin), rest])]);
    this.#phase = this.#options.echo ? 'echo' : 'open';
    this.#resolve(Number(found[2]));
    await this.release();
  }

  async #expectEcho(channel: Channel, piece: Buffer): Promise<void> {
    this.#held.push([channel, piece]);
    const text = this.heldText;
    if (text === '\r') return;
    this.#phase = 'open';
    this.#held = [];
    await this.#write(channel, Buffer.from(text.startsWith('\r\n') ? text.slice(2) : text));
  }

  #mayBeTheEngine(piece: Buffer): boolean {
    return /^OCI runtime/.test(piece.subarray(0, 20).toString('latin1'));
  }

  async #write(channel: Channel, piece: Buffer): Promise<void> {
    if (piece.length === 0 || this.#closed.has(channel)) return;
    await writeTo(this.#options[channel], piece).catch(() => this.#noteClosed(channel));
  }

  readonly #onError = {
    stdout: () => this.#noteClosed('stdout'),
    stderr: () => this.#noteClosed('stderr'),
  };

  #noteClosed(channel: Channel): void {
    if (this.#closed.has(channel)) return;
    this.#closed.add(channel);
    this.#options.onClosed();
  }
}
