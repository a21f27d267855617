import type { Instruction, Run } from 'dockerfile-ast';
import type { DockerfileProblem } from './dockerfile-problem.ts';

/** What of an instruction the engine's classic builder does not know, as it needs BuildKit. */
export function buildKitProblems(instruction: Instruction): DockerfileProblem[] {
  const keyword = instruction.getKeyword();
  const known = classicFlags[keyword];
  if (known === undefined) return [];
  // COPY and ADD have the same two methods as RUN.
  const { flags, heredocs } = parts(instruction as Run);
  const features = flags.filter((name) => !known.includes(name)).map((name) => `--${name}`);
  if (heredocs > 0) features.push('<< (a here-document)');
  return features.map((feature) => ({
    code: 'needs-buildkit',
    line: instruction.getRange().start.line + 1,
    message: `${keyword} ${feature} needs BuildKit, and devenv builds with the engine's classic builder.`,
    hint: 'Do without it, or build the image yourself with "docker buildx build --load -t NAME ." and write "image: NAME" in place of "build".',
  }));
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
