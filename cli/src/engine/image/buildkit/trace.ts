import { lineOfStep, type StageSteps } from '../../../plan/build-steps.ts';
import { withoutTrust } from '../../../plan/dockerfile-trust.ts';
import type { BuildEvent } from '../build-event.ts';
import { codec } from './messages.ts';

interface Timestamp {
  seconds: number;
  nanos: number;
}

interface Vertex {
  digest: string;
  name: string;
  cached: boolean;
  started: Timestamp | null;
  completed: Timestamp | null;
  error: string;
}

interface StatusResponse {
  vertexes: Vertex[];
  logs: { vertex: string; msg: Buffer }[];
  warnings: { short: Buffer }[];
}

/**
 * Makes a reader of BuildKit's progress: it takes the `aux` of one `moby.buildkit.trace` line of
 * POST /build and gives what is new in it. A step is told when it starts and when it ends; one
 * that another made unnecessary never starts.
 */
export function createTraceReader(stages: StageSteps[]): (aux: string) => BuildEvent[] {
  const { decode } = codec<StatusResponse>('StatusResponse');
  const shown = new Set<string>();
  const ended = new Set<string>();

  return (aux) => {
    const { vertexes, logs, warnings } = decode(Buffer.from(aux, 'base64'));
    return [
      ...vertexes.flatMap(readVertex),
      ...logs
        .filter(({ vertex }) => shown.has(vertex))
        .map(({ vertex: step, msg }): BuildEvent => ({
          type: 'output',
          step,
          text: msg.toString(),
        })),
      ...warnings.map(({ short }): BuildEvent => ({ type: 'warning', text: short.toString() })),
    ];
  };

  function readVertex(vertex: Vertex): BuildEvent[] {
    const { digest: step, name, started, completed, error, cached } = vertex;
    const title = withoutTrust(name);
    if (started === null || ended.has(step)) return [];
    const events: BuildEvent[] = [];
    // What BuildKit does for itself is worth a word only when it fails.
    if (!shown.has(step) && (isOfTheDockerfile(title) || error !== '')) {
      shown.add(step);
      events.push({ type: 'started', step, title, line: lineOfStep(stages, title) });
    }
    if (completed === null) return events;
    ended.add(step);
    if (!shown.has(step)) return events;
    // Steps that were given up because another one failed.
    if (/context canceled/.test(error)) return events;
    if (error !== '') return [...events, { type: 'failed', step, message: error }];
    const milliseconds = Math.max(0, toMilliseconds(completed) - toMilliseconds(started));
    return [...events, { type: 'finished', step, cached, milliseconds }];
  }
}

function isOfTheDockerfile(title: string): boolean {
  return !/^(\[internal\]|\[auth\]|copy \/context|resolve image config)/.test(title);
}

function toMilliseconds({ seconds, nanos }: Timestamp): number {
  return seconds * 1000 + nanos / 1e6;
}
