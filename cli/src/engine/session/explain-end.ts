import { setTimeout as pause } from 'node:timers/promises';
import { DevenvError } from '../../errors.ts';
import type { Docker } from '../docker.ts';
import type { ExecInspection } from '../docker/answers.ts';
import type { Session } from './attachment.ts';

const killed = 137;

/** The exit status of an exec that has ended. Its person is told when its container ended too. */
export async function explainEnd(
  docker: Docker,
  session: Session,
  exec: ExecInspection | undefined,
): Promise<number> {
  const status = exec?.ExitCode ?? undefined;
  if (status !== undefined && status !== killed) return status;
  if (await hasStopped(docker, session.container)) {
    if (session.unattended !== true) {
      session.stderr.write('devenv: the workspace was stopped, and this session with it.\n');
    }
    return killed;
  }
  if (status !== undefined) return status;
  throw new DevenvError('session_failed', 'The engine has lost track of the session.', {
    hint: 'Run "devenv status" to see how the workspace is.',
  });
}

/** The processes of a container end a moment before the engine says that it has. */
async function hasStopped(docker: Docker, container: string): Promise<boolean> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const inspection = await docker.inspectContainer(container);
    if (inspection?.State.Status !== 'running') return true;
    await pause(60);
  }
  return false;
}
