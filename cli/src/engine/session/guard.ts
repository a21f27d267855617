import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { DevenvError } from '../../errors.ts';
import type { Docker } from '../docker.ts';
import { guardArgv } from './markers.ts';

/** A signal's name without SIG, or `finish`: HUP, then TERM, then KILL for the whole session. */
export type Order = string;

/**
 * A second exec beside a session. It passes signals on, which the engine's API cannot, and ends
 * the session when this process dies. Starting it takes the engine about 50 ms, so that it is
 * started only once a session has lived a little.
 */
export class Guard {
  readonly #docker: Docker;
  readonly #container: string;
  readonly #user: string;
  readonly #pid: number;
  readonly #keepsNohup: boolean;
  #connection: Promise<Duplex | undefined> | undefined;
  #released = false;

  constructor(
    docker: Docker,
    session: { container: string; user: string; keepsNohup?: boolean },
    pid: number,
  ) {
    this.#docker = docker;
    this.#container = session.container;
    this.#user = session.user;
    this.#pid = pid;
    this.#keepsNohup = session.keepsNohup === true;
  }

  /** Starts the guard, unless it runs already. */
  start(): void {
    this.#connection ??= this.#open();
  }

  /** Has the guard do something to the session; starts it where needed. */
  async order(order: Order): Promise<void> {
    this.start();
    (await this.#connection)?.write(`${order}\n`);
  }

  /** The session has ended: so does the guard. */
  release(): void {
    this.#released = true;
    void this.#connection?.then((connection) => connection?.end('end\n'));
  }

  /** Gives undefined where no guard can run, out of pids say: the session goes on without. */
  async #open(): Promise<Duplex | undefined> {
    try {
      const exec = await this.#docker.createExec(this.#container, {
        argv: guardArgv(this.#pid, this.#keepsNohup),
        user: this.#user,
        workingDir: '/',
        tty: false,
        stdin: true,
      });
      if (this.#released) return undefined;
      const connection = await this.#docker.startExec(exec, false);
      connection.on('error', () => {}).resume();
      (connection as Partial<Socket>).unref?.();
      if (!this.#released) connection.write('armed\n');
      return connection;
    } catch (error) {
      if (error instanceof DevenvError) return undefined;
      throw error;
    }
  }
}
