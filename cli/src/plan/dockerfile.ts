import { DockerfileParser, type Copy, type From, type Instruction, type Run } from 'dockerfile-ast';
import { copySources, isContextCopy, mountedFrom } from './copy-sources.ts';
import { argumentDefaults, expandVariables } from './dockerfile-arguments.ts';
import type { StageSteps } from './build-steps.ts';
import { buildKitFeatures, type DockerfileFeature } from './dockerfile-features.ts';
import type { DockerfileProblem } from './dockerfile-problem.ts';

/** What a Dockerfile says about the image's inputs, up to and including the target stage. */
export interface DockerfileFacts {
  /** The images it reads that no stage of its own makes: FROM and COPY --from, each once. */
  bases: BaseImage[];
  /** The one of them that the built image stands on; undefined for scratch. */
  base: string | undefined;
  copiesContext: boolean;
  /** What COPY and ADD take from the context; '' stands for all of it. */
  copySources: string[];
  /** Names of every ARG, sorted. */
  declaredArgs: string[];
  /** Those of the stages behind the target, too. */
  knownArgs: string[];
  /** Lines of the instructions, in the order in which the classic builder counts its steps. */
  stepLines: number[];
  /** The same by stage, as BuildKit counts them. */
  stageSteps: StageSteps[];
  problems: DockerfileProblem[];
  /** What only some builders know. */
  features: DockerfileFeature[];
  /** The frontend that a `# syntax=` line asks for: BuildKit pulls it and knows what it knows. */
  syntax: string | undefined;
}

export interface BaseImage {
  reference: string;
  platform: string | undefined;
  /** One-based. */
  line: number;
  /** The names of the stages before it, one of which may have been meant. */
  stages: string[];
}

interface Stage {
  from: From;
  instructions: Instruction[];
}

/** Reads a Dockerfile for what it depends on; it is the engine that decides whether it is valid. */
export function readDockerfile(
  text: string,
  { target, args }: { target: string | undefined; args: Record<string, string> },
): DockerfileFacts {
  const instructions = DockerfileParser.parse(text).getInstructions();
  const { preamble, stages: all } = splitStages(instructions);
  const problems: DockerfileProblem[] = [];
  const stages = all.slice(0, countStages(all, target, problems));
  if (all.length === 0) problems.push(noFrom);

  const globals = { ...argumentDefaults(preamble), ...args };
  const reachable = [...preamble, ...stages.flatMap(instructionsOf)];
  const parents = stages.map((_, index) => resolveParent(stages, index, globals, problems));
  const sources = copySources(reachable);
  return {
    bases: uniqueBases([...parents.filter(isBase), ...copiedImages(stages)]),
    base: rootBase(parents),
    copiesContext: reachable.some(isContextCopy),
    copySources: sources,
    declaredArgs: Object.keys(argumentDefaults(reachable)).sort(),
    knownArgs: Object.keys(argumentDefaults(instructions)).sort(),
    stepLines: reachable.map(lineOf),
    stageSteps: stages.map((stage, index) => stepsOf(stage, parents[index])),
    problems,
    features: reachable.flatMap(buildKitFeatures),
    syntax: readSyntax(text),
  };
}

const noFrom: DockerfileProblem = {
  code: 'no-from',
  line: 1,
  message: 'It has no FROM, so there is nothing to build on.',
  hint: 'Begin it with a line such as "FROM debian:bookworm-slim".',
};

function splitStages(instructions: Instruction[]): { preamble: Instruction[]; stages: Stage[] } {
  const preamble: Instruction[] = [];
  const stages: Stage[] = [];
  for (const instruction of instructions) {
    if (instruction.getKeyword() === 'FROM') {
      stages.push({ from: instruction as From, instructions: [] });
    } else {
      (stages.at(-1)?.instructions ?? preamble).push(instruction);
    }
  }
  return { preamble, stages };
}

/** How many stages the engine builds: those up to the target, whether it needs them or not. */
function countStages(
  stages: Stage[],
  target: string | undefined,
  problems: DockerfileProblem[],
): number {
  if (target === undefined || target === '') return stages.length;
  const index = findStage(stages, target);
  if (index !== -1) return index + 1;
  const names = namesOf(stages);
  problems.push({
    code: 'unknown-target',
    line: 1,
    message: `It has no stage "${target}".`,
    hint:
      names.length === 0
        ? 'Name a stage with "FROM image AS name", or leave "target" out.'
        : `"target" can be ${names.join(', ')}.`,
  });
  return stages.length;
}

function namesOf(stages: Stage[]): string[] {
  return stages.flatMap(({ from }) => from.getBuildStage() ?? []);
}

/** Stages are found by name, in any case, or by their number. */
function findStage(stages: Stage[], name: string): number {
  const wanted = name.toLowerCase();
  const named = stages.findIndex(({ from }) => from.getBuildStage()?.toLowerCase() === wanted);
  if (named !== -1 || !/^\d+$/.test(name)) return named;
  return Number(name) < stages.length ? Number(name) : -1;
}

function instructionsOf(stage: Stage): Instruction[] {
  return [stage.from, ...stage.instructions];
}

/** What a stage stands on: an image, an earlier stage (by its number), or nothing. */
function resolveParent(
  stages: Stage[],
  index: number,
  globals: Record<string, string | undefined>,
  problems: DockerfileProblem[],
): BaseImage | number | undefined {
  const from = stages[index]?.from;
  if (from === undefined) return undefined;
  const written = from.getImage() ?? '';
  const reference = expandVariables(written, globals);
  if (reference === '' || /[:/]$|^[:/]/.test(reference)) {
    problems.push({
      code: 'no-base',
      line: lineOf(from),
      message: `"FROM ${written}" comes to "${reference}", which names no image.`,
      hint: 'Give the ARG before the first FROM a default, or set it in "build.args".',
    });
    return undefined;
  }
  if (reference.toLowerCase() === 'scratch') return undefined;
  const stage = findNamed(stages.slice(0, index), reference);
  if (stage !== -1) return stage;
  const platform = expandVariables(from.getPlatformFlag()?.getValue() ?? '', globals);
  const named = namesOf(stages.slice(0, index));
  return { reference, platform: platform || undefined, line: lineOf(from), stages: named };
}

/** A stage that stands on an earlier one, or on nothing, has no step for its FROM. */
function stepsOf(
  { from, instructions }: Stage,
  parent: BaseImage | number | undefined,
): StageSteps {
  const steps = instructions.filter((one) => buildKitSteps.has(one.getKeyword()));
  return {
    name: from.getBuildStage()?.toLowerCase(),
    lines: [...(isBase(parent) ? [from] : []), ...steps].map(lineOf),
  };
}

const buildKitSteps = new Set(['RUN', 'COPY', 'ADD', 'WORKDIR']);

/** Parser directives stand before everything else, comments included. */
function readSyntax(text: string): string | undefined {
  for (const line of text.replace(/^\uFEFF/, '').split('\n')) {
    const [, name, value] = /^\s*#\s*(\w+)\s*=\s*(.+?)\s*$/.exec(line) ?? [];
    if (name === undefined) return undefined;
    if (name.toLowerCase() === 'syntax') return value;
  }
  return undefined;
}

function findNamed(stages: Stage[], name: string): number {
  return /^\d+$/.test(name) ? -1 : findStage(stages, name);
}

function isBase(parent: BaseImage | number | undefined): parent is BaseImage {
  return typeof parent === 'object';
}

/** COPY --from and RUN --mount=from name a stage or, failing that, an image. */
function copiedImages(stages: Stage[]): BaseImage[] {
  return stages.flatMap(({ instructions }, index) =>
    instructions.flatMap((instruction) => {
      const images = sourcesOf(instruction).filter(
        (from) => from !== '' && findStage(stages.slice(0, index), from) === -1,
      );
      return images.map((reference) => ({
        reference,
        platform: undefined,
        line: lineOf(instruction),
        stages: namesOf(stages.slice(0, index)),
      }));
    }),
  );
}

function sourcesOf(instruction: Instruction): string[] {
  switch (instruction.getKeyword()) {
    case 'COPY':
      return [(instruction as Copy).getFromFlag()?.getValue() ?? ''];
    case 'RUN':
      return mountedFrom(instruction as Run);
    default:
      return [];
  }
}

function uniqueBases(bases: BaseImage[]): BaseImage[] {
  const seen = new Set<string>();
  return bases.filter(({ reference }) => !seen.has(reference) && seen.add(reference));
}

/** Follows the last stage down through the stages it is made from. */
function rootBase(parents: (BaseImage | number | undefined)[]): string | undefined {
  let parent = parents.at(-1);
  while (typeof parent === 'number') parent = parents[parent];
  return parent?.reference;
}

function lineOf(instruction: Instruction): number {
  return instruction.getRange().start.line + 1;
}
