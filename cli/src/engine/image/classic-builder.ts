import type { Docker } from '../docker.ts';
import { readProgress, type ProgressMessage } from '../docker/progress-stream.ts';
import type { BuildEvent } from './build-event.ts';
import { buildQuery, type BuildLimits, type BuildRequest } from './build-request.ts';

/**
 * Builds with the builder from before BuildKit. Throws what the engine says when the build fails,
 * after the events that lead there, and what the connection suffers.
 */
export async function* buildClassically(
  docker: Docker,
  request: BuildRequest,
): AsyncGenerator<BuildEvent> {
  const { files, sources, facts, limits, onSent, signal } = request;
  const { tar, dockerfile } = await files.packContext(sources, onSent);
  const reader = createReader(facts.stepLines);
  try {
    const answer = await docker.buildImage(tar, {
      ...buildQuery(request),
      ...(limits && limitsQuery(limits)),
      dockerfile,
      // The intermediate containers go whether the build succeeds or not.
      rm: true,
      forcerm: true,
    });
    const call = { what: 'build', host: docker.host, signal };
    for await (const message of readProgress(answer, call)) {
      if (message.error !== undefined) throw new Error(message.error);
      yield* reader.read(outputOf(message));
    }
    yield* reader.end();
  } finally {
    tar.destroy();
  }
}

/** Without swap beside the memory. */
function limitsQuery({ network, memory, cpus }: BuildLimits) {
  return {
    ...(network === 'none' && { networkmode: 'none' }),
    ...(memory !== undefined && { memory, memswap: memory }),
    ...(cpus !== undefined && { cpuperiod: period, cpuquota: Math.round(cpus * period) }),
  };
}

/** Microseconds in which the kernel counts a share of processors; its own default. */
const period = 100_000;

/**
 * Finds the steps in the builder's output. Those beyond the Dockerfile's are the labels, which it
 * counts too; they and its words about containers and layers are nobody's business.
 */
function createReader(lines: number[]) {
  let step: { name: string; started: number; cached: boolean } | undefined;

  function* end(): Generator<BuildEvent> {
    if (step === undefined) return;
    const { name, started, cached } = step;
    step = undefined;
    yield { type: 'finished', step: name, cached, milliseconds: Date.now() - started };
  }

  function* read(text: string): Generator<BuildEvent> {
    const [, number, title] = /^Step (\d+)\/\d+ : ([^]*?)\s*$/.exec(text) ?? [];
    if (number !== undefined) {
      yield* end();
      if (Number(number) > lines.length) return;
      step = { name: number, started: Date.now(), cached: false };
      const line = lines[Number(number) - 1];
      yield { type: 'started', step: number, title: `[${number}/${lines.length}] ${title}`, line };
    } else if (/^ ---> Using cache/.test(text)) {
      if (step !== undefined) step.cached = true;
    } else if (step !== undefined && !chatter.test(text)) {
      yield { type: 'output', step: step.name, text };
    }
  }

  return { read, end };
}

const chatter = /^\s*$|^ ---> |^Removing intermediate container |^Successfully (built|tagged) /;

/** The builder paints what comes from stderr; neither the log nor the person's terminal wants it. */
function withoutRed(text: string): string {
  if (!text.startsWith(red) || !text.endsWith(reset)) return text;
  return text.slice(red.length, -reset.length);
}

const red = '\u001b[91m';
const reset = '\u001b[0m';

function outputOf({ stream, status, id, progressDetail }: ProgressMessage): string {
  if (stream !== undefined) return withoutRed(stream);
  // What the builder itself pulls: for each layer only the changes of state.
  if (status === undefined || progressDetail?.total !== undefined) return '';
  return id === undefined ? `${status}\n` : `${id}: ${status}\n`;
}
