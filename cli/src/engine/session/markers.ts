import type { ExecInspection } from '../docker/answers.ts';
import { guardScript, sessionScript, terminalSessionScript } from './scripts.ts';

/** `$0` of the shell that a session begins as. */
export const sessionMarker = 'devenv-session';
/** The same for a command that nobody waits for. */
export const unattendedMarker = 'devenv-command';
/** `$0` of the shell that watches over a session. */
export const guardMarker = 'devenv-guard';

const shell = '/bin/sh';

/**
 * The argv of a session's exec: a shell that says its pid and becomes the command.
 *
 * @param variables Variables that a shell would not pass on, see `splitEnvironment`.
 */
export function sessionArgv(
  argv: string[],
  {
    tty,
    variables,
    unattended = false,
  }: { tty: boolean; variables: Record<string, string>; unattended?: boolean },
): string[] {
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const env = assignments.length === 0 ? [] : ['env', ...assignments];
  const script = tty ? terminalSessionScript : sessionScript;
  const marker = unattended ? unattendedMarker : sessionMarker;
  return [shell, '-c', script, marker, ...env, ...argv];
}

/** The argv of the exec that watches over the session led by `pid`, a pid inside the container. */
export function guardArgv(pid: number, keepsNohup: boolean): string[] {
  return [shell, '-c', guardScript, guardMarker, String(pid), keepsNohup ? 'nohup' : ''];
}

/**
 * Whether an exec is somebody's session now: devenv's own, with or without the wrapper, or one
 * that another tool started. A guard is not, nor is what may end at any time.
 */
export function isSession(exec: ExecInspection): boolean {
  const marker = markerOf(exec);
  return exec.Running && marker !== guardMarker && marker !== unattendedMarker;
}

/** What the person asked to run, without devenv's wrapper around it. */
export function userArgv({ ProcessConfig }: ExecInspection): string[] {
  const argv = [ProcessConfig.entrypoint, ...(ProcessConfig.arguments ?? [])];
  return argv[3] === sessionMarker ? argv.slice(4) : argv;
}

function markerOf({ ProcessConfig }: ExecInspection): string | undefined {
  return ProcessConfig.arguments?.[2];
}
