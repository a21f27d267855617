import type { Readable, Writable } from 'node:stream';
import type { Docker } from '../docker.ts';
import type { Interruption } from './interruption.ts';

export interface Session {
  /** Id or name of a running container. */
  container: string;
  argv: string[];
  /** `uid:gid`, or a name in the image. */
  user: string;
  /** Must exist inside. */
  workingDir: string;
  environment: Record<string, string>;
  /** Whether the command gets a terminal; `stdin` and `stdout` are normally one then. */
  tty: boolean;
  /** null: the command reads from /dev/null. */
  stdin: Readable | null;
  stdout: Writable;
  stderr: Writable;
  /** Whether what ignores hang-ups outlives the session when its client goes. */
  keepsNohup?: boolean;
  /** Whether it is nobody's: it keeps nothing waiting, and may end with its container. */
  unattended?: boolean;
  /** Ends the session when aborted. Without it, this process's signals are passed on to it. */
  signal?: AbortSignal;
}

/** A session while it is attached. */
export interface Attachment {
  docker: Docker;
  session: Session;
  interruption: Interruption;
  /** What to take back when the session is over, however it ended. */
  undo: (() => void)[];
}
