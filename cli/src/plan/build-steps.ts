/** The instructions that become steps of a build, by stage, as BuildKit numbers them. */
export interface StageSteps {
  /** `AS name`, lower-case; undefined for a stage without one. */
  name: string | undefined;
  /** One-based lines of FROM (where it names an image), RUN, COPY, ADD and WORKDIR. */
  lines: number[];
}

/**
 * The Dockerfile's line of a step that BuildKit names `[build 2/4] RUN make`, or `[2/4] RUN make`
 * where there is one stage; undefined for its internal steps.
 */
export function lineOfStep(stages: StageSteps[], title: string): number | undefined {
  const [, stage, number] = /^\[(?:(\S+) +)?(\d+)\/\d+\] /.exec(title) ?? [];
  if (number === undefined) return undefined;
  return findStage(stages, stage)?.lines[Number(number) - 1];
}

function findStage(stages: StageSteps[], name: string | undefined): StageSteps | undefined {
  if (name === undefined) return stages.at(-1);
  const wanted = name.toLowerCase();
  const index = /^stage-(\d+)$/.exec(wanted)?.[1];
  return stages.find((stage) => stage.name === wanted) ?? stages[Number(index ?? -1)];
}
