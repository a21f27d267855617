import { Writable } from 'node:stream';
import type { WatchEvent } from '../engine/watch/watch-event.ts';
import { awaitKey } from '../ui/await-key.ts';
import { toFailure } from '../ui/failure.ts';
import { abortOnInterrupt } from '../ui/interrupt.ts';
import { write } from '../ui/output.ts';
import { resolveProgressStyle } from '../ui/progress-style.ts';
import { watchText, type ShownWatchEvent } from '../ui/watch-text.ts';
import { openOptions, type Context } from './context.ts';
import { WatchScreen } from './watch-screen.ts';

/**
 * Keeps the workspace of a project up to date until it is interrupted; gives the exit code.
 *
 * @param first Brings it up before, in a way of its own.
 */
export async function watchProject(
  context: Context,
  first?: () => Promise<unknown>,
): Promise<number> {
  const { openWorkspace } = await import('../engine/workspace.ts');
  const workspace = await openWorkspace(openOptions(context));
  const { watchWorkspace } = await import('../engine/watch/watch.ts');
  const interrupt = abortOnInterrupt(context.signals, () => undefined);
  const screen = new WatchScreen(context);
  try {
    await watchWorkspace(workspace, {
      host: context.options.host,
      ...(first && { first }),
      work: (run) => screen.work(run),
      say: (event) => say(context, screen, workspace.config.project.name, event),
      forced: (signal) =>
        awaitKey('r', context.stdin, {
          signal,
          onInterrupt: () => process.kill(process.pid, 'SIGINT'),
        }),
      yes: context.options.yes,
      output: commandOutput(context, screen),
      signal: interrupt.signal,
    });
  } catch (error) {
    // Whatever an interrupted call has failed with, the person knows why.
    if (!interrupt.signal.aborted) throw error;
  } finally {
    interrupt.dispose();
  }
  return 130;
}

async function say(
  context: Context,
  screen: WatchScreen,
  name: string,
  event: WatchEvent,
): Promise<void> {
  const { environment, stdin, stderr, stdout, cwd, options } = context;
  const shown: ShownWatchEvent =
    event.type === 'failed' ? { ...event, error: toFailure(event.error, environment) } : event;
  if (options.json) {
    return write(stdout, `${JSON.stringify({ time: new Date().toISOString(), ...shown })}\n`);
  }
  const terminal = stdin.isTTY === true && stderr.isTTY === true;
  const notice = watchText(shown, { name, cwd, terminal });
  if (notice !== undefined) await screen.show({ type: 'notice', ...notice });
}

/** What commands of rules write stands between the lines; as JSON lines where those are wanted. */
function commandOutput({ options, stderr, environment }: Context, screen: WatchScreen): Writable {
  const style = resolveProgressStyle(options.progress, stderr, environment);
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      const text = chunk.toString();
      if (style === 'json') {
        const time = new Date().toISOString();
        const event = { time, type: 'step-output', index: 0, text };
        stderr.write(`${JSON.stringify(event)}\n`, done);
      } else if (style === 'tty' && screen.working) {
        // Straight to the terminal it would stand in the middle of the live lines.
        void screen.show({ type: 'notice', tone: 'output', text: text.replace(/\n$/, '') });
        done();
      } else stderr.write(chunk, done);
    },
  });
}
