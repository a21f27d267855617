import { DevenvError } from '../../errors.ts';
import { labels } from '../../plan/labels.ts';
import type { Docker } from '../docker.ts';
import { translateEngineError } from '../docker/errors.ts';
import { observeContainer } from '../observe.ts';

/**
 * Waits until nobody is attached to a workspace's container, or it is stopped or gone; the engine
 * tells when something happens in it.
 * Fails with `interrupted`, and with `engine_unreachable` when the engine goes away meanwhile.
 *
 * @param workspaceId As its label says.
 */
export async function awaitIdle(
  docker: Docker,
  container: string,
  workspaceId: string,
  signal: AbortSignal,
): Promise<void> {
  // Before the first look, so that no end is missed.
  const events = await docker.events([`${labels.id}=${workspaceId}`]);
  const stop = (): void => void events.destroy();
  signal.addEventListener('abort', stop);
  try {
    if (signal.aborted) throw interrupted();
    const happenings = events[Symbol.asyncIterator]();
    while (!(await isIdle(docker, container))) {
      const { done } = await happenings.next();
      if (done === true) throw Object.assign(new Error('no more events'), { code: 'ECONNRESET' });
    }
  } catch (error) {
    if (signal.aborted) throw interrupted(error);
    throw translateEngineError(error, 'follow the events', docker.host);
  } finally {
    signal.removeEventListener('abort', stop);
    events.destroy();
  }
}

async function isIdle(docker: Docker, container: string): Promise<boolean> {
  const facts = await observeContainer(docker, container);
  return facts === undefined || facts.sessions.length === 0;
}

function interrupted(cause?: unknown): DevenvError {
  return new DevenvError('interrupted', 'Interrupted while waiting for the sessions to end.', {
    hint: 'The workspace is as it was. Run the same command again to wait on.',
    cause,
  });
}
