import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DevenvError } from '../../errors.ts';
import { demultiplex } from '../session/demultiplex.ts';
import type { Workspace } from '../workspace.ts';

/**
 * Copies what PID 1 of the workspace printed to the streams; with `follow` until the container
 * ends or the signal is aborted. Useful above all with `init: image`.
 */
export async function workspaceLogs(
  { docker, identity }: Workspace,
  {
    follow,
    tail,
    stdout,
    stderr,
    signal,
  }: { follow: boolean; tail?: number; stdout: Writable; stderr: Writable; signal: AbortSignal },
): Promise<void> {
  if ((await docker.inspectContainer(identity.containerName)) === undefined) {
    throw new DevenvError('workspace_not_found', 'This workspace has no container yet.', {
      hint: 'Run "devenv up" to make it.',
    });
  }
  const logs = await docker.containerLogs(identity.containerName, {
    follow,
    ...(tail === undefined ? {} : { tail }),
  });
  try {
    await pipeline(logs, demultiplex(stdout, stderr), { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
