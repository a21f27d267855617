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
import { ownBuildFiles, type BuildFiles, type BuildSource } from './build-files.ts';
import type { BuildLimits, BuildRequest } from './build-request.ts';
import { buildClassically } from './classic-builder.ts';
import { hashImageInputs, type ImageInputs } from './inputs.ts';
import { personalCache, removeEarlier } from './personal-images.ts';
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
  /** Who reads the files; this process where it is left out. */
  files?: BuildFiles | undefined;
  /** What the commands may use at most. */
  limits?: BuildLimits | undefined;
  /** Absolute host path of the file that gets all the output. */
  logFile: string;
  /** Where the person finds that file, if not there. */
  logShownAs?: string;
  /** Bytes of it at most. */
  logBytes?: number;
  report: Report;
  /** Number of the step that the progress belongs to. */
  index: number;
  signal?: AbortSignal;
}

/** Milliseconds that a build may take on a shared host. */
const longestConfined = 30 * 60 * 1000;

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
  const { files = ownBuildFiles(source, options.cacheFolder) } = options;
  const text = await files.readDockerfile();
  const { readDockerfile } = await import('../../plan/dockerfile.ts');
  const facts = readDockerfile(text, source);
  const builder = await chooseBuilder(docker, source, options.builder);
  refuse(source, facts, builder);
  for (const notice of unusedArguments(source.args, facts)) {
    options.report({ type: 'notice', text: notice });
  }
  await provideBases(docker, source, facts, options);
  const inputs = await hashImageInputs(source, docker, options.logins, files);
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
      files,
      sources: inputs.sources,
      text: changed.text,
      originalLine: changed.originalLine,
      facts,
      tag: reference,
      labels: { ...options.labels, ...inputs.labels },
      args: { ...proxyEnvironment(environment), ...source.args },
      cacheFrom: [...source.cacheFrom, ...(await personalCache(docker, source))],
      noCache,
      limits: options.limits,
      secrets: { ...options.secrets, ...changed.secrets },
      agentSocket: options.agentSocket,
      loginFor: async (host) => logins && loginForHost(host, logins.environment, logins.home),
      onSent: contextProgress(options.report, options.index),
      signal,
    },
    options,
  );
  await removeEarlier(docker, source, reference);
  if (await isStill(inputs, docker, source, files, options)) return reference;
  const remark = 'Files of the build were changed while it ran; the next build makes it anew.';
  options.report({ type: 'notice', text: remark });
  return renameMixed(docker, reference, nameImage(mixedInputs(randomBytes(3).toString('hex'))));
}

/** Whether what was hashed before the build is what could be sent in it. */
async function isStill(
  { full }: ImageInputs,
  docker: Docker,
  source: BuildSource,
  files: BuildFiles,
  { logins }: BuildOptions,
): Promise<boolean> {
  try {
    return (await hashImageInputs(source, docker, logins, files)).full === full;
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
async function chooseBuilder(
  docker: Docker,
  { confined }: BuildSource,
  wanted: BuilderKind | undefined,
): Promise<Builder> {
  const { kind, version } = await docker.facts();
  if (confined !== undefined) {
    if (kind !== 'docker') throw cannotConfine(kind);
    return { kind: 'classic', engineVersion: version };
  }
  return { kind: wanted ?? (kind === 'docker' ? 'buildkit' : 'classic'), engineVersion: version };
}

function cannotConfine(kind: string): DevenvError {
  return new DevenvError('build_failed', `${kind} cannot build within the limits of this host.`, {
    hint: 'Name a ready image, or tell the administrator of this host: only Docker can.',
  });
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
  const { report, index, signal, logFile, logShownAs = logFile } = options;
  const log = await openBuildLog(logFile, options.logBytes);
  const progress = new BuildProgress();
  const late = request.limits && AbortSignal.timeout(longestConfined);
  const either = signal && late ? AbortSignal.any([signal, late]) : (late ?? signal);
  try {
    throwIfInterrupted(signal);
    for await (const event of await start(docker, kind, { ...request, signal: either })) {
      const text = progress.render(event);
      if (text === '') continue;
      await log.write(text);
      report({ type: 'step-output', index, text });
    }
  } catch (error) {
    throwIfInterrupted(signal);
    const { line, tail } = progress.failedStep();
    if (late?.aborted === true) throw tookTooLong(tail);
    const { message } = error as Error;
    await log.write(`${message}
`);
    const { originalLine, text, files } = request;
    const { dockerfile } = source;
    const reason = await files.explainMissing(message, text);
    const place = { dockerfile, line, tail, logFile: logShownAs, originalLine, reason };
    throw explainBuildFailure(error, place);
  } finally {
    await log.close();
  }
}

function tookTooLong(tail: string[]): DevenvError {
  const minutes = longestConfined / 60_000;
  return new DevenvError('build_failed', `The build took longer than ${minutes} minutes.`, {
    hint: 'It was ended. Builds on this host may not take longer.',
    details: tail,
  });
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
