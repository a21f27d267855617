import { randomBytes } from 'node:crypto';
import { DevenvError } from '../../errors.ts';
import { unknownFeatures, type Builder, type BuilderKind } from '../../plan/dockerfile-features.ts';
import type { DockerfileFacts } from '../../plan/dockerfile.ts';
import { noSuchStage, unusedArguments } from '../../plan/dockerfile-remarks.ts';
import { mixedInputs } from '../../plan/image-labels.ts';
import type { Docker } from '../docker.ts';
import { throwIfInterrupted } from '../docker/progress-stream.ts';
import type { Report } from '../events.ts';
import {
  certificateEnvironment,
  findCaFiles,
  joinCaFiles,
  proxyEnvironment,
} from '../session/host-certificates.ts';
import type { BuildEvent } from './build-event.ts';
import { explainBuildFailure, explainProblems } from './build-failure.ts';
import { openBuildLog } from './build-log.ts';
import { BuildProgress } from './build-progress.ts';
import type { BuildRequest } from './build-request.ts';
import { buildClassically } from './classic-builder.ts';
import {
  hashImageInputs,
  readDockerfileText,
  type BuildSource,
  type ImageInputs,
} from './inputs.ts';
import { explainMissingSource } from './missing-source.ts';
import { pullImage } from './pull.ts';
import { loginForHost, registryLogin, type LoginOwner } from './registry-login.ts';

export interface BuildOptions {
  noCache: boolean;
  /** Ask the registry for newer base images. */
  pull: boolean;
  /** The host's variables; its proxies are the build's too, and stay out of the image. */
  environment: NodeJS.ProcessEnv;
  /** The engine's BuildKit where it has one, if left out. */
  builder?: BuilderKind | undefined;
  /** The host's variables, for `trust: host`. */
  hostEnvironment?: NodeJS.ProcessEnv;
  /** By name, for the build's commands. */
  secrets?: Record<string, string>;
  /** Path of the host's ssh agent, for the build's commands. */
  agentSocket?: string | undefined;
  /** Folder for what can be found out again. */
  cacheFolder?: string;
  /** For the image, beside devenv's own. */
  labels?: Record<string, string>;
  /** Whose logins registries are shown; none where it is left out. */
  logins?: LoginOwner;
  /** Absolute host path of the file that gets all the output. */
  logFile: string;
  report: Report;
  /** Number of the step that the progress belongs to. */
  index: number;
  signal?: AbortSignal;
}

/**
 * Builds an image with the engine's builder, base images first, and gives its reference.
 * `nameImage` turns the hash of what was really built from into the reference: a base image may
 * have come only now, and a file may have changed since the plan was made. Where one changes
 * during the build, the image gets a name of its own, which no other state of the files has.
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
  const builder = await chooseBuilder(docker, options.builder);
  refuse(source, facts, builder);
  for (const notice of unusedArguments(source.args, facts)) {
    options.report({ type: 'notice', text: notice });
  }
  await provideBases(docker, source, facts, options);
  const inputs = await hashImageInputs(source, docker, options.logins, options.cacheFolder);
  const reference = nameImage(inputs.full);
  const changed = await withTrust(source, text, builder, options);
  const { environment, logins, noCache, signal } = options;
  await build(
    docker,
    source,
    builder,
    {
      ...source,
      source,
      sources: inputs.sources,
      text: changed.text,
      originalLine: changed.originalLine,
      facts,
      tag: reference,
      labels: { ...options.labels, ...inputs.labels },
      args: { ...proxyEnvironment(environment), ...source.args },
      noCache,
      secrets: { ...options.secrets, ...changed.secrets },
      agentSocket: options.agentSocket,
      loginFor: async (host) => logins && loginForHost(host, logins.environment, logins.home),
      onSent: contextProgress(options.report, options.index),
      signal,
    },
    options,
  );
  if (await isStill(inputs, docker, source, options)) return reference;
  const remark = 'Files of the build were changed while it ran; the next build makes it anew.';
  options.report({ type: 'notice', text: remark });
  return renameMixed(docker, reference, nameImage(mixedInputs(randomBytes(3).toString('hex'))));
}

/** Whether what was hashed before the build is what could be sent in it. */
async function isStill(
  { full }: ImageInputs,
  docker: Docker,
  source: BuildSource,
  { logins, cacheFolder }: BuildOptions,
): Promise<boolean> {
  try {
    return (await hashImageInputs(source, docker, logins, cacheFolder)).full === full;
  } catch (error) {
    if (error instanceof DevenvError && error.code === 'config_invalid') return false;
    throw error;
  }
}

/** Leaves the name that says what an image is made of to one of which it is true. */
async function renameMixed(docker: Docker, from: string, to: string): Promise<string> {
  const colon = to.lastIndexOf(':');
  await docker.tagImage(from, to.slice(0, colon), to.slice(colon + 1));
  await docker.removeImage(from);
  return to;
}

/** Docker has had BuildKit since before the oldest version we support; Podman has a builder of its own. */
async function chooseBuilder(docker: Docker, wanted: BuilderKind | undefined): Promise<Builder> {
  const { kind, version } = await docker.facts();
  return { kind: wanted ?? (kind === 'docker' ? 'buildkit' : 'classic'), engineVersion: version };
}

/** Says at once what the builder would say late, or in riddles. */
function refuse(
  { dockerfile, secrets }: BuildSource,
  facts: DockerfileFacts,
  builder: Builder,
): void {
  const problems = [...facts.problems, ...unknownFeatures(facts.features, builder, facts.syntax)];
  if (problems.length > 0) throw explainProblems(problems, dockerfile);
  if (secrets.length === 0 || builder.kind === 'buildkit') return;
  throw new DevenvError('build_failed', "The engine's classic builder has no build secrets.", {
    hint: 'Leave "--builder classic" out, or "build.secrets".',
  });
}

interface Changed {
  text: string;
  secrets: Record<string, string>;
  originalLine: (line: number) => number;
}

/** The Dockerfile as it is sent: with `trust: host`, with the host's certificate authorities. */
async function withTrust(
  { dockerfile, trustsHost }: BuildSource,
  text: string,
  { kind }: Builder,
  { hostEnvironment = {} }: BuildOptions,
): Promise<Changed> {
  const unchanged: Changed = { text, secrets: {}, originalLine: (line) => line };
  if (!trustsHost) return unchanged;
  if (kind === 'classic') {
    throw new DevenvError('build_failed', `${dockerfile} cannot be built with "trust: host".`, {
      hint: 'That needs BuildKit: leave "--builder classic" out, or "trust" under "build".',
    });
  }
  const files = await findCaFiles(hostEnvironment, process.platform);
  if (files.length === 0) return unchanged;
  const { trustHost, trustSecret } = await import('../../plan/dockerfile-trust.ts');
  const names = Object.keys(certificateEnvironment(''));
  return { ...trustHost(text, names), secrets: { [trustSecret]: await joinCaFiles(files) } };
}

async function provideBases(
  docker: Docker,
  source: BuildSource,
  facts: DockerfileFacts,
  { pull, logins, report, index, signal }: BuildOptions,
): Promise<void> {
  for (const { reference, platform = source.platform, line, stages } of facts.bases) {
    if (!pull && (await docker.inspectImage(reference)) !== undefined) continue;
    report({ type: 'step-output', index, text: `Pulling the base image ${reference}\n` });
    try {
      const login = logins && (await registryLogin(reference, logins.environment, logins.home));
      await pullImage(docker, reference, { report, index, signal, platform, login });
    } catch (error) {
      if (!(error instanceof DevenvError) || error.code === 'interrupted') throw error;
      const reason = noSuchStage(reference, stages);
      throw explainBuildFailure(error, { dockerfile: source.dockerfile, line, reason });
    }
  }
}

async function build(
  docker: Docker,
  source: BuildSource,
  { kind }: Builder,
  request: BuildRequest,
  options: BuildOptions,
): Promise<void> {
  const { report, index, signal, logFile } = options;
  const log = await openBuildLog(logFile);
  const progress = new BuildProgress();
  try {
    throwIfInterrupted(signal);
    for await (const event of await start(docker, kind, request)) {
      const text = progress.render(event);
      if (text === '') continue;
      await log.write(text);
      report({ type: 'step-output', index, text });
    }
  } catch (error) {
    throwIfInterrupted(signal);
    const { line, tail } = progress.failedStep();
    const { message } = error as Error;
    await log.write(`${message}\n`);
    const { originalLine, text } = request;
    const { dockerfile } = source;
    const reason = await explainMissingSource(message, { ...source, text });
    const place = { dockerfile, line, tail, logFile, originalLine, reason };
    throw explainBuildFailure(error, place);
  } finally {
    await log.close();
  }
}

/** gRPC and its messages are loaded only for BuildKit. */
async function start(
  docker: Docker,
  kind: BuilderKind,
  request: BuildRequest,
): Promise<AsyncGenerator<BuildEvent>> {
  if (kind === 'classic') return buildClassically(docker, request);
  const { buildWithBuildKit } = await import('./buildkit/builder.ts');
  return buildWithBuildKit(docker, request);
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
