import type { Readable, Writable } from 'node:stream';
import type { Command } from '../config/config.ts';
import { commandArgv, shellArgv } from '../plan/command-argv.ts';
import type { ContainerFacts } from '../plan/world.ts';
import { attach } from './attach.ts';
import { accountOf, folderInside, openSessionContext } from './session/context.ts';
import type { Workspace } from './workspace.ts';

/** What a person wants to run in a workspace. */
export type SessionCommand =
  | { kind: 'shell' }
  /** Text for the person's own shell: `devenv shell -c TEXT`. */
  | { kind: 'text'; text: string }
  | { kind: 'argv'; argv: string[] }
  | { kind: 'task'; command: Command; further: string[] };

export interface SessionRequest {
  command: SessionCommand;
  /** The caller's folder on the host; the session starts in the corresponding one. */
  cwd: string;
  /** Run as root instead of the workspace's user. */
  root: boolean;
  /** Whether the session gets a terminal. */
  tty: boolean;
  stdin: Readable | null;
  stdout: Writable;
  stderr: Writable;
  /** Added to what every session gets. */
  variables?: Record<string, string>;
  /** Ends the session when aborted. Without it, this process's signals are passed on to it. */
  signal?: AbortSignal;
  /** Whether what ignores hang-ups outlives the session, as under sshd. */
  keepsNohup?: boolean;
  /** Whether it is nobody's: it keeps nothing waiting, and may end with its container. */
  unattended?: boolean;
}

/**
 * Runs a session in a running container and gives its exit status: the command's own, 128+n for
 * a signal, 126 and 127 as a shell gives them.
 */
export async function runSession(
  workspace: Workspace,
  container: ContainerFacts,
  request: SessionRequest,
): Promise<number> {
  const { config, docker, folder, environment, secrets } = workspace;
  const { root, tty, stdin, stdout, stderr, variables, signal } = request;
  const { keepsNohup = false, unattended = false } = request;
  const context = await openSessionContext({
    config,
    container,
    folder,
    environment,
    secrets,
    local: docker.local,
    root,
  });
  try {
    return await attach(docker, {
      container: container.id,
      argv: sessionArgv(workspace, container, request.command),
      user: context.user,
      workingDir: folderInside(container, request.cwd),
      environment: { ...context.environment, ...variables },
      tty,
      stdin,
      stdout,
      stderr,
      keepsNohup,
      unattended,
      ...(signal && { signal }),
    });
  } finally {
    await context.close();
  }
}

function sessionArgv(
  { config }: Workspace,
  container: ContainerFacts,
  command: SessionCommand,
): string[] {
  const { shell } = accountOf(container);
  switch (command.kind) {
    case 'shell':
      return shellArgv(shell, config.hooks.attach);
    case 'text':
      return [shell, '-c', command.text];
    case 'argv':
      return command.argv;
    case 'task':
      return commandArgv(command.command, command.further);
  }
}
