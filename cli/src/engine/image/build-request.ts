import type { DockerfileFacts } from '../../plan/dockerfile.ts';
import type { RegistryLogin } from '../docker/answers.ts';
import type { BuildFiles } from './build-files.ts';

/** One build, as a builder gets it. */
export interface BuildRequest {
  /** Absolute host paths. */
  source: { dockerfile: string; context: string };
  files: BuildFiles;
  /** What the Dockerfile can copy of the context, as `copySources` gives it. */
  sources: string[];
  /** The Dockerfile's text; not always what is in the file. */
  text: string;
  /** The line of the file, for one of `text`. */
  originalLine: (line: number) => number;
  facts: DockerfileFacts;
  tag: string;
  labels: Record<string, string>;
  args: Record<string, string>;
  target: string | undefined;
  platform: string | undefined;
  cacheFrom: string[];
  noCache: boolean;
  /** What its commands may use at most; undefined: all there is. */
  limits: BuildLimits | undefined;
  /** By name, for `RUN --mount=type=secret`. */
  secrets: Record<string, string>;
  /** The host's ssh agent, for `RUN --mount=type=ssh`. */
  agentSocket: string | undefined;
  /** Who to be for the registry at a host. */
  loginFor: (host: string) => Promise<RegistryLogin | undefined>;
  /** Told how many bytes of the context have been sent. */
  onSent: (bytes: number) => void;
  signal: AbortSignal | undefined;
}

/** Of each command of a build: only the classic builder can have them. */
export interface BuildLimits {
  network: 'none' | 'engine';
  /** Bytes. */
  memory: number | undefined;
  cpus: number | undefined;
}

/** The query of POST /build that both builders understand. */
export function buildQuery({
  tag,
  labels,
  args,
  target,
  platform,
  cacheFrom,
  noCache,
  signal,
}: BuildRequest) {
  return {
    t: tag,
    labels,
    nocache: noCache,
    buildargs: args,
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
    ...(cacheFrom.length > 0 && { cachefrom: JSON.stringify(cacheFrom) }),
    ...(signal && { abortSignal: signal }),
  };
}
