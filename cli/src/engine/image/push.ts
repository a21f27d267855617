import type { Docker } from '../docker.ts';
import { readProgress, throwIfInterrupted } from '../docker/progress-stream.ts';
import { reportProgress, type PullOptions } from './pull.ts';
import { explainPushFailure } from './push-failure.ts';
import { withLoginProblem } from './registry-login.ts';

/**
 * Pushes one image. A registry learns of the image last of all, so that nobody finds half of one
 * after an interruption. Throws `push_failed`, `interrupted`, and what an engine call can throw.
 */
export async function pushImage(
  docker: Docker,
  reference: string,
  { report, index, signal, login }: Omit<PullOptions, 'platform'>,
): Promise<void> {
  try {
    throwIfInterrupted(signal);
    const answer = await docker.pushImage(reference, { signal, login: login?.login });
    const call = { what: `push ${reference}`, host: docker.host, signal };
    for await (const message of readProgress(answer, call)) {
      if (message.error !== undefined) throw new Error(message.error);
      reportProgress(message, report, index);
    }
  } catch (error) {
    throwIfInterrupted(signal);
    throw withLoginProblem(explainPushFailure(error, reference, docker.host), login?.problem);
  }
}
