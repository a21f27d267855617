import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Docker } from '../../docker.ts';
import { readProgress } from '../../docker/progress-stream.ts';
import { openContext } from '../build-context.ts';
import type { BuildEvent } from '../build-event.ts';
import { buildQuery, type BuildRequest } from '../build-request.ts';
import { fileSyncService } from './file-sync.ts';
import { authService, healthService, secretsService, sshService } from './services.ts';
import { openBuildSession } from './session.ts';
import { createTraceReader } from './trace.ts';

/**
 * Builds with the engine's BuildKit (POST /build, `version=2`). A session answers for the context,
 * the Dockerfile, secrets, the ssh agent and logins. Throws what the engine says when the build
 * fails, after the events that lead there, and what the connection suffers.
 */
export async function* buildWithBuildKit(
  docker: Docker,
  request: BuildRequest,
): AsyncGenerator<BuildEvent> {
  const { source, sources, text, facts, secrets, agentSocket, loginFor, onSent, signal } = request;
  const context = await openContext({ ...source, sources });
  const dockerfile = basename(source.dockerfile);
  let unsent: Error | undefined;
  const services = [
    healthService(),
    secretsService(secrets),
    authService(loginFor),
    fileSyncService(
      { context, dockerfile: inMemory(dockerfile, Buffer.from(text)) },
      { sent: onSent, failed: (error) => (unsent ??= error) },
    ),
  ];
  if (agentSocket !== undefined) services.push(sshService(agentSocket));
  const sharedKey = createHash('sha256').update(`devenv ${context.root}`).digest('hex');
  const session = await openBuildSession(docker, services, sharedKey);
  try {
    const answer = await docker.buildImageWithBuildKit({
      ...buildQuery(request),
      dockerfile,
      session: session.id,
    });
    const read = createTraceReader(facts.stageSteps);
    const call = { what: 'build', host: docker.host, signal };
    for await (const message of readProgress(answer, call)) {
      // Ours says what to do about it; the engine repeats its message alone.
      if (message.error !== undefined) throw unsent ?? new Error(message.error);
      if (message.id === 'moby.buildkit.trace') yield* read(message.aux as string);
    }
  } finally {
    session.close();
  }
}

function inMemory(path: string, content: Buffer) {
  return {
    root: '',
    entries: async function* () {
      yield [{ path, content }];
    },
  };
}
