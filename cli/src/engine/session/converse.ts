import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { DevenvError } from '../../errors.ts';
import type { Attachment } from './attachment.ts';
import { Demultiplexer } from './demultiplex.ts';
import { keepReading } from './keep-reading.ts';
import type { SessionOutput } from './session-output.ts';
import { enterRawMode, followSize } from './terminal.ts';

/**
 * Starts the exec and carries bytes both ways until the engine closes the connection. Gives the
 * engine's words when it refuses to start it.
 */
export async function converse(
  attachment: Attachment,
  id: string,
  output: SessionOutput,
): Promise<string | undefined> {
  const { session, interruption } = attachment;
  const connection = await startExec(attachment, id);
  if (typeof connection === 'string') return connection;

  const ended = receive(connection, session.tty, output);
  if (output.announced) await Promise.race([output.started, ended]);
  interruption.abandoned.throwIfAborted();
  if (output.hasStarted) {
    if (session.tty) await prepareTerminal(attachment, id, connection);
    send(attachment, connection);
  }
  await ended;
  return undefined;
}

async function startExec(
  { docker, session, interruption, undo }: Attachment,
  id: string,
): Promise<Duplex | string> {
  try {
    const connection = await docker.startExec(id, session.tty);
    undo.push(() => connection.destroy());
    if (interruption.abandoned.aborted) connection.destroy();
    return connection;
  } catch (error) {
    // Podman, and Docker since 27, refuse before they answer; others say so on the connection.
    if (error instanceof DevenvError && error.code === 'engine_failed') return error.message;
    throw error;
  }
}

/** Settles when all output has been handed on. A broken connection ends it like an end. */
async function receive(connection: Duplex, tty: boolean, output: SessionOutput): Promise<void> {
  const sink = tty
    ? new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          void output.deliver('stdout', chunk).then(() => done());
        },
      })
    : new Demultiplexer((channel, piece) => output.deliver(channel, piece));
  connection.on('error', () => {});
  connection.on('close', () => sink.end());
  connection.pipe(sink);
  await once(sink, 'finish');
}

/** The command waits for a line until the terminal is ready for it. */
async function prepareTerminal(
  { docker, session, undo }: Attachment,
  id: string,
  connection: Duplex,
): Promise<void> {
  const raw = enterRawMode(session.stdin);
  const size = followSize(session.stdout, async ({ columns, rows }) => {
    // A session that has just ended has no size; if the engine is gone, its stream says so too.
    await docker.resizeExec(id, columns, rows).catch(() => undefined);
  });
  undo.push(raw.restore, size.stop);
  await Promise.all([raw.entered, size.set]);
  connection.write('\n');
}

/** Sends stdin, with its end, for as long as the command takes it. */
function send({ session, interruption, undo }: Attachment, connection: Duplex): void {
  const { stdin, tty } = session;
  if (stdin === null) return;
  const stop = (): void => {
    stdin.unpipe(connection);
    stdin.pause();
  };
  const end = (): void => {
    if (!tty) connection.end();
    else if ((stdin as Partial<ReadStream>).isTTY) interruption.receive('SIGHUP');
  };
  keepReading(connection, stop);
  stdin.on('end', end).on('error', end);
  undo.push(() => {
    stop();
    stdin.off('end', end).off('error', end);
  });
  if (stdin.readableEnded || stdin.destroyed) end();
  else stdin.pipe(connection, { end: false });
}
