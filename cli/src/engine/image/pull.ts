import { DevenvError } from '../../errors.ts';
import type { Docker } from '../docker.ts';
import type { Report } from '../events.ts';
import {
  readProgress,
  throwIfInterrupted,
  type ProgressMessage,
} from '../docker/progress-stream.ts';
import { explainPullFailure } from './pull-failure.ts';
import { withLoginProblem, type FoundLogin } from './registry-login.ts';

export interface PullOptions {
  report: Report;
  /** Number of the step that the progress belongs to. */
  index: number;
  signal?: AbortSignal;
  /** `linux/arm64` and the like; the engine's own where it is left out. */
  platform?: string;
  /** What the registry wants to know; nobody in particular where it is left out. */
  login?: FoundLogin;
}

/**
 * Pulls one image; a reference without a tag means `latest`, as everywhere in Docker. Throws
 * `image_not_found`, `pull_failed`, `interrupted`, and what an engine call can throw.
 */
export async function pullImage(
  docker: Docker,
  reference: string,
  { report, index, signal, platform, login }: PullOptions,
): Promise<void> {
  try {
    throwIfInterrupted(signal);
    const answer = await docker.pullImage(reference, { signal, platform, login: login?.login });
    const call = { what: `pull ${reference}`, host: docker.host, signal };
    for await (const message of readProgress(answer, call)) {
      if (message.error !== undefined) throw new Error(message.error);
      reportProgress(message, report, index);
    }
  } catch (error) {
    throwIfInterrupted(signal);
    const explained = explainPullFailure(error, reference, docker.host);
    // It is only pulled then because somebody wants it newer.
    const isHere = explained.code === 'pull_failed' && (await isOnEngine(docker, reference));
    throw withLoginProblem(isHere ? leavePullOut(explained) : explained, login?.problem);
  }
}

async function isOnEngine(docker: Docker, reference: string): Promise<boolean> {
  return (await docker.inspectImage(reference).catch(() => undefined)) !== undefined;
}

function leavePullOut({ code, message, details, cause }: DevenvError): DevenvError {
  const hint = 'The engine has an image of that name: leave "--pull" out to go on with it.';
  return new DevenvError(code, message, { hint, details, cause });
}

/** One line of the engine's progress as an event: a layer's, or a sentence. */
export function reportProgress(message: ProgressMessage, report: Report, index: number): void {
  const { id, status, progressDetail } = message;
  if (status === undefined) return;
  if (id === undefined || progressDetail === undefined) {
    report({ type: 'step-output', index, text: `${status}\n` });
    return;
  }
  const { current, total } = progressDetail;
  report({
    type: 'step-progress',
    index,
    part: id,
    status,
    ...(current !== undefined && { current }),
    ...(total !== undefined && { total }),
  });
}
