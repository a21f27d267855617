import { DevenvError } from '../../errors.ts';
import type { Session } from './attachment.ts';

/** Whether the engine's words say that the image has no /bin/sh to begin a session with. */
export function lacksShell(words: string): boolean {
  return /\/bin\/sh\b.*(no such file|not found)/is.test(words);
}

/**
 * Understands what the engine, that is runc or crun, says about an exec it could not start: gives
 * the exit status a shell has for it, and says why as a shell would.
 *
 * @throws DevenvError `session_failed` for what is not the command's fault.
 */
export function failToStart({ argv, user, workingDir, stderr }: Session, words: string): number {
  if (/chdir|working directory/i.test(words)) {
    throw new DevenvError(
      'session_failed',
      `The folder ${workingDir} cannot be entered inside the workspace.`,
      {
        hint: 'Run the command from a folder that is part of the project.',
        details: [words.trim()],
      },
    );
  }
  if (/unable to find (user|group)|no matching entries in passwd/i.test(words)) {
    throw new DevenvError('session_failed', `The user ${user} does not exist in the image.`, {
      hint: 'Correct "user" in devenv.yaml, or add the user to the image.',
      details: [words.trim()],
    });
  }
  if (/executable file .*not found|no such file or directory/i.test(words)) {
    stderr.write(`devenv: ${argv[0]}: not found\n`);
    return 127;
  }
  if (/permission denied|exec format error|is a directory/i.test(words)) {
    stderr.write(`devenv: ${argv[0]}: cannot be executed\n`);
    return 126;
  }
  throw new DevenvError('session_failed', 'The session could not be started.', {
    hint: 'Run "devenv restart", and "devenv doctor" if that does not help.',
    details: words === '' ? [] : [words.trim()],
  });
}
