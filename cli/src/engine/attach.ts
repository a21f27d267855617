import { DevenvError } from '../errors.ts';
import type { Docker } from './docker.ts';
import type { ExecInspection } from './docker/answers.ts';
import type { Attachment, Session } from './session/attachment.ts';
import { converse } from './session/converse.ts';
import { explainEnd } from './session/explain-end.ts';
import { splitEnvironment } from './session/environment.ts';
import { Guard } from './session/guard.ts';
import { Interruption } from './session/interruption.ts';
import { sessionArgv } from './session/markers.ts';
import { SessionOutput } from './session/session-output.ts';
import { listenToSignals } from './session/signals.ts';
import { failToStart, lacksShell } from './session/start-failure.ts';
import { waitForExec } from './session/wait-for-exec.ts';

export type { Session } from './session/attachment.ts';

/** Milliseconds that a session lives before it gets a guard: short commands do without. */
const guardDelay = 150;

/**
 * Runs a command inside and gives its exit status: its own, 128+n when a signal ended it, 126
 * when it cannot be executed, 127 when it is not found.
 *
 * When this process dies, even by SIGKILL, the session is hung up, and killed 3 s later. The
 * exceptions: a command that is younger than about a fifth of a second, whatever it started with
 * setsid, and images without /bin/sh.
 *
 * @throws DevenvError `session_failed` when it could not be started, `engine_unreachable` when
 * the engine went away.
 */
export async function attach(docker: Docker, session: Session): Promise<number> {
  const interruption = new Interruption(session.tty);
  const undo = [listen(session, interruption), () => interruption.close()];
  const attachment = { docker, session, interruption, undo };
  try {
    return await Promise.race([runToTheEnd(attachment), interruption.status()]);
  } finally {
    for (const one of undo.reverse()) one();
  }
}

function listen({ signal }: Session, interruption: Interruption): () => void {
  if (signal === undefined) return listenToSignals((name) => interruption.receive(name));
  const end = (): void => interruption.receive('SIGTERM');
  if (signal.aborted) end();
  signal.addEventListener('abort', end);
  return () => signal.removeEventListener('abort', end);
}

async function runToTheEnd(attachment: Attachment): Promise<number> {
  const status = await run(attachment, true);
  return status ?? ((await run(attachment, false)) as number);
}

/**
 * Runs the session once. Wrapped, it begins as a shell that says its pid, which a guard needs;
 * else as the command itself. Gives undefined when the image has no shell to wrap it in.
 */
async function run(attachment: Attachment, wrapped: boolean): Promise<number | undefined> {
  const { docker, session, interruption } = attachment;
  const id = await createExec(attachment, wrapped);
  const output = openOutput(attachment, wrapped);
  if (wrapped) watchOver(attachment, output.started);

  const refusal = await converse(attachment, id, output);
  const exec = await waitForExec(docker, id, interruption.abandoned);
  if (refusal !== undefined || neverRan(exec, output)) {
    const words = refusal ?? output.heldText;
    return wrapped && lacksShell(words) ? undefined : failToStart(session, words);
  }
  await output.release();
  return explainEnd(docker, session, exec);
}

async function createExec(
  { docker, session, interruption }: Attachment,
  wrapped: boolean,
): Promise<string> {
  const { argv, tty, environment, unattended = false } = session;
  const { passed, dropped } = splitEnvironment(environment);
  const request = {
    argv: wrapped ? sessionArgv(argv, { tty, variables: dropped, unattended }) : argv,
    environment: wrapped ? passed : environment,
    user: session.user,
    workingDir: session.workingDir,
    tty,
    stdin: tty || session.stdin !== null,
  };
  const id = await docker.createExec(session.container, request).catch((error: unknown) => {
    throw isEngineFailure(error) ? notRunnable(error) : error;
  });
  interruption.abandoned.throwIfAborted();
  return id;
}

function isEngineFailure(error: unknown): error is DevenvError {
  return error instanceof DevenvError && error.code === 'engine_failed';
}

function notRunnable(cause: DevenvError): DevenvError {
  return new DevenvError('session_failed', 'The workspace takes no session now.', {
    hint: 'Run "devenv up", then try again.',
    details: [cause.message],
    cause,
  });
}

function openOutput({ session, interruption, undo }: Attachment, wrapped: boolean): SessionOutput {
  const output = new SessionOutput({
    stdout: session.stdout,
    stderr: session.stderr,
    announcedOn: !wrapped ? undefined : session.tty ? 'stdout' : 'stderr',
    echo: session.tty,
    onClosed: () => interruption.receivePipe(),
  });
  undo.push(() => output.close());
  return output;
}

function watchOver(
  { docker, session, interruption, undo }: Attachment,
  started: Promise<number>,
): void {
  const guard = started.then((pid) => new Guard(docker, session, pid));
  interruption.passTo((order) => void guard.then((one) => one.order(order)));
  let timer: NodeJS.Timeout | undefined;
  void guard.then((one) => (timer = setTimeout(() => one.start(), guardDelay)));
  undo.push(() => {
    clearTimeout(timer);
    void guard.then((one) => one.release());
  });
}

function neverRan(exec: ExecInspection | undefined, output: SessionOutput): boolean {
  return output.announced ? !output.hasStarted : exec?.Pid === 0 && output.heldText !== '';
}
