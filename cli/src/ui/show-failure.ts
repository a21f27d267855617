import picocolors from 'picocolors';
import { toFailure, renderFailure } from './failure.ts';
import { wantsColor, write, type Output } from './output.ts';
import { readSourceLine } from './source-excerpt.ts';

interface Options {
  /** --json: the failure is the result, on stdout. */
  json: boolean;
  /** --progress json: stderr holds JSON lines, so the failure is one of them. */
  jsonProgress: boolean;
  surroundings: {
    cwd: string;
    environment: NodeJS.ProcessEnv;
    stdout: Output;
    stderr: Output;
  };
}

/** Shows a failure, once, at the top: text on stderr, or JSON where JSON was asked for. */
export async function showFailure(
  error: unknown,
  { json, jsonProgress, surroundings }: Options,
): Promise<void> {
  const { environment, stdout, stderr } = surroundings;
  const failure = toFailure(error, environment);
  if (json) await write(stdout, `${JSON.stringify({ error: failure }, null, 2)}\n`);
  if (jsonProgress) {
    const time = new Date().toISOString();
    await write(stderr, `${JSON.stringify({ time, type: 'failed', error: failure })}\n`);
  }
  if (json || jsonProgress) return;
  const colors = picocolors.createColors(wantsColor(stderr, environment));
  const cwd = failure.diagnostics.length === 0 ? '/' : surroundings.cwd;
  await write(stderr, renderFailure(failure, { cwd, colors, readLine: readSourceLine }));
}
