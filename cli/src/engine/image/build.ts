import type { Readable } from 'node:stream';
import { DevenvError } from '../../errors.ts';
import type { DockerfileFacts } from '../../plan/dockerfile.ts';
import { packContext, type BuildContext } from './build-context.ts';
import { explainBuildFailure, explainProblems } from './build-failure.ts';
import { openBuildLog, type BuildLog } from './build-log.ts';
import type { Docker } from '../docker.ts';
import type { Report } from '../events.ts';
import { proxyEnvironment } from '../session/host-certificates.ts';
import { hashImageInputs, readDockerfileText, type BuildSource } from './inputs.ts';
import {
  readProgress,
  throwIfInterrupted,
  type ProgressMessage,
} from '../docker/progress-stream.ts';
import { pullImage } from './pull.ts';

export interface BuildOptions {
  noCache: boolean;
  /** Ask the registry for newer base images. */
  pull: boolean;
  /** The host's variables; its proxies are the build's too, and stay out of the image. */
  environment: NodeJS.ProcessEnv;
  /** For the image, beside devenv's own. */
  labels?: Record<string, string>;
  /** Absolute host path of the file that gets all the output. */
  logFile: string;
  report: Report;
  /** Number of the step that the progress belongs to. */
  index: number;
  signal?: AbortSignal;
}

/**
 * Builds an image with the engine's own builder, base images first, and gives its reference.
 * `nameImage` turns the hash of what was really built from into the reference: a base image may
 * have come only now, and a file may have changed since the plan was made.
 *
 * Throws `build_failed` with the Dockerfile's line, `interrupted`, and what a pull can throw. An
 * interrupted or failed build leaves no container behind.
 */
export async function buildImage(
  docker: Docker,
  source: BuildSource,
  nameImage: (inputs: string) => string,
  options: BuildOptions,
): Promise<string> {
  const text = await readDockerfileText(source);
  const { readDockerfile } = await import('../../plan/dockerfile.ts');
  const facts = readDockerfile(text, source);
  await refuse(docker, source, facts);
  await provideBases(docker, source, facts, options);
  const inputs = await hashImageInputs(source, docker);
  const reference = nameImage(inputs.full);
  const log = await openBuildLog(options.logFile);
  try {
    await build(docker, source, facts, log, options, {
      sources: inputs.sources,
      tag: reference,
      labels: { ...options.labels, ...inputs.labels },
    });
  } finally {
    await log.close();
  }
  return reference;
}

/** Says at once what the engine would say late, or in riddles. */
async function refuse(docker: Docker, source: BuildSource, facts: DockerfileFacts): Promise<void> {
  if (source.secrets.length > 0) {
    throw new DevenvError('build_failed', "The engine's classic builder has no build secrets.", {
      hint: 'Leave "build.secrets" out, or build the image yourself with "docker buildx build --load --secret … -t NAME ." and write "image: NAME" in place of "build".',
    });
  }
  if (facts.problems.length === 0) return;
  const podman = (await docker.facts()).kind === 'podman';
  // Podman's builder knows what Docker's needs BuildKit for.
  const problems = facts.problems.filter(({ code }) => !podman || code !== 'needs-buildkit');
  if (problems.length > 0) throw explainProblems(problems, source.dockerfile);
}

async function provideBases(
  docker: Docker,
  source: BuildSource,
  facts: DockerfileFacts,
  { pull, report, index, signal }: BuildOptions,
): Promise<void> {
  for (const { reference, platform = source.platform, line } of facts.bases) {
    if (!pull && (await docker.inspectImage(reference)) !== undefined) continue;
    report({ type: 'step-output', index, text: `Pulling the base image ${reference}\n` });
    try {
      await pullImage(docker, reference, { report, index, signal, platform });
    } catch (error) {
      if (!(error instanceof DevenvError) || error.code === 'interrupted') throw error;
      throw explainBuildFailure(error, { dockerfile: source.dockerfile, line });
    }
  }
}

interface Target {
  sources: string[];
  tag: string;
  labels: Record<string, string>;
}

async function build(
  docker: Docker,
  source: BuildSource,
  facts: DockerfileFacts,
  log: BuildLog,
  options: BuildOptions,
  target: Target,
): Promise<void> {
  const { report, index, signal } = options;
  throwIfInterrupted(signal);
  const onSent = contextProgress(report, index);
  const context = await packContext({ ...source, sources: target.sources, onSent });
  let line: number | undefined;
  try {
    const answer = await send(docker, context, source, target, options);
    const call = { what: 'build', host: docker.host, signal };
    for await (const message of readProgress(answer, call)) {
      if (message.error !== undefined) throw new Error(message.error);
      const output = outputOf(message);
      const step = /^Step (\d+)\/\d+ : /.exec(output)?.[1];
      if (step !== undefined) line = facts.stepLines[Number(step) - 1];
      await log.write(output);
      if (output !== '') report({ type: 'step-output', index, text: output });
    }
  } catch (error) {
    throwIfInterrupted(signal);
    throw explainBuildFailure(error, {
      dockerfile: source.dockerfile,
      line,
      tail: log.tail(),
      logFile: options.logFile,
    });
  } finally {
    context.tar.destroy();
  }
}

/** Says every few megabytes how far the context is; small ones need no words. */
function contextProgress(report: Report, index: number): (bytes: number) => void {
  let next = contextStep;
  return (bytes) => {
    if (bytes < next) return;
    next = bytes + contextStep;
    report({ type: 'step-progress', index, part: 'context', status: 'Sending', current: bytes });
  };
}

const contextStep = 4 * 1024 * 1024;

function send(
  docker: Docker,
  context: BuildContext,
  source: BuildSource,
  target: Target,
  { noCache, environment, signal }: BuildOptions,
): Promise<Readable> {
  return docker.buildImage(context.tar, {
    dockerfile: context.dockerfile,
    t: target.tag,
    labels: target.labels,
    nocache: noCache,
    // The intermediate containers go whether the build succeeds or not.
    rm: true,
    forcerm: true,
    buildargs: { ...proxyEnvironment(environment), ...source.args },
    ...(source.target !== undefined && { target: source.target }),
    ...(source.platform !== undefined && { platform: source.platform }),
    ...(source.cacheFrom.length > 0 && { cachefrom: JSON.stringify(source.cacheFrom) }),
    ...(signal && { abortSignal: signal }),
  });
}

function outputOf({ stream, status, id, progressDetail }: ProgressMessage): string {
  if (stream !== undefined) return stream;
  // What the builder itself pulls: for each layer only the changes of state.
  if (status === undefined || progressDetail?.total !== undefined) return '';
  return id === undefined ? `${status}\n` : `${id}: ${status}\n`;
}
