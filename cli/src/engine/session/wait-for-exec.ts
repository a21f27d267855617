import { setTimeout as pause } from 'node:timers/promises';
import type { Docker } from '../docker.ts';
import type { ExecInspection } from '../docker/answers.ts';

/**
 * Waits until an exec has ended; undefined when the engine no longer knows it. Its output ends a
 * moment before the engine has noted its status, or long before if it closed its streams itself,
 * so this asks again at growing intervals.
 */
export async function waitForExec(
  docker: Docker,
  id: string,
  signal: AbortSignal,
): Promise<ExecInspection | undefined> {
  for (let interval = 2; ; interval = Math.min(interval * 2, 500)) {
    const exec = await docker.inspectExec(id);
    if (exec === undefined || !exec.Running) return exec;
    await pause(interval, undefined, { signal });
  }
}
