import type { Instruction, Run } from 'dockerfile-ast';
import type { DockerfileProblem } from './dockerfile-problem.ts';

/** Something in a Dockerfile that the engine's classic builder does not know. */
export interface DockerfileFeature {
  /** `RUN --mount`, `COPY <<`. */
  name: string;
  /** One-based. */
  line: number;
}

/** What builds an image: the engine's BuildKit, or the builder from before it. */
export type BuilderKind = 'buildkit' | 'classic';

export interface Builder {
  kind: BuilderKind;
  /** The engine's version, such as 20.10.24. */
  engineVersion: string;
}

export function buildKitFeatures(instruction: Instruction): DockerfileFeature[] {
  const keyword = instruction.getKeyword();
  const known = classicFlags[keyword];
  if (known === undefined) return [];
  // COPY and ADD have the same two methods as RUN.
  const { flags, heredocs } = parts(instruction as Run);
  const names = flags.filter((name) => !known.includes(name)).map((name) => `--${name}`);
  if (heredocs > 0) names.push('<<');
  const line = instruction.getRange().start.line + 1;
  return names.map((name) => ({ name: `${keyword} ${name}`, line }));
}

function parts(instruction: Run): { flags: string[]; heredocs: number } {
  return {
    flags: instruction.getFlags().map((flag) => flag.getName()),
    heredocs: instruction.getHeredocs().length,
  };
}

/** The flags that the classic builder takes (Docker 20.10). */
const classicFlags: Record<string, string[]> = {
  RUN: [],
  COPY: ['from', 'chown'],
  ADD: ['chown'],
};

/** What of the features the builder cannot do, each with the way out. */
export function unknownFeatures(
  features: DockerfileFeature[],
  { kind, engineVersion }: Builder,
  syntax: string | undefined,
): DockerfileProblem[] {
  if (kind === 'classic') return features.map(needsBuildKit);
  if (syntax !== undefined || Number.parseInt(engineVersion, 10) >= 23) return [];
  return features.filter(({ name }) => !inFirstBuildKit.test(name)).map(needsNewerFrontend);
}

/** What BuildKit knows in engines before 23 without a `# syntax=` line. */
const inFirstBuildKit =
  /^(RUN --(mount|network|security)|(COPY|ADD) --(from|chown|chmod|platform))$/;

function needsBuildKit({ name, line }: DockerfileFeature): DockerfileProblem {
  return {
    code: 'needs-buildkit',
    line,
    message: `${described(name)} needs BuildKit, and this is the classic builder.`,
    hint: 'Leave "--builder classic" out, or use an engine that has BuildKit: Docker 20.10 or later.',
  };
}

function needsNewerFrontend({ name, line }: DockerfileFeature): DockerfileProblem {
  return {
    code: 'needs-newer-buildkit',
    line,
    message: `${described(name)} is newer than this engine’s BuildKit.`,
    hint: 'Write "# syntax=docker/dockerfile:1" as the first line, which the engine then pulls, or use Docker 23 or later.',
  };
}

function described(name: string): string {
  return name.endsWith(' <<') ? `${name} (a here-document)` : name;
}
