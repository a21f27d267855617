import { Writable } from 'node:stream';
import type { WatchEvent } from '../engine/watch/watch-event.ts';
import { awaitKey } from '../ui/await-key.ts';
import { toFailure } from '../ui/failure.ts';
import { abortOnInterrupt } from '../ui/interrupt.ts';
import { write } from '../ui/output.ts';
import { watchText, type ShownWatchEvent } from '../ui/watch-text.ts';
import { openOptions, type CommandFunction, type Context } from './context.ts';

export const watch: CommandFunction = async (context) => {
  const { openWorkspace } = await import('../engine/workspace.ts');
  const workspace = await openWorkspace(openOptions(context));
  if (context.options.dryRun) {
    const { showPlan } = await import('./show-plan.ts');
    return showPlan(context, workspace, { kind: 'up' });
  }
  const { watchWorkspace } = await import('../engine/watch/watch.ts');
  const interrupt = abortOnInterrupt(context.signals, () => undefined);
  try {
    await watchWorkspace(workspace, {
      host: context.options.host,
      work: (run) => context.work(run),
      say: (event, report) => say(context, workspace.config.project.name, event, report),
      forced: (signal) =>
        awaitKey('r', context.stdin, {
          signal,
          onInterrupt: () => process.kill(process.pid, 'SIGINT'),
        }),
      yes: context.options.yes,
      output: commandOutput(context),
      signal: interrupt.signal,
    });
  } catch (error) {
    // Whatever an interrupted call has failed with, the person knows why.
    if (!interrupt.signal.aborted) throw error;
  } finally {
    interrupt.dispose();
  }
  return 130;
};

type Say = (context: Context, name: string, ...event: Parameters<SayEvent>) => Promise<void>;
type SayEvent = (event: WatchEvent, report?: (notice: Notice) => void) => void;
type Notice = { type: 'notice'; text: string };

const say: Say = async (context, name, event, report) => {
  const { environment, stdin, stderr, stdout, cwd, options } = context;
  const shown: ShownWatchEvent =
    event.type === 'failed' ? { ...event, error: toFailure(event.error, environment) } : event;
  if (options.json) {
    return write(stdout, `${JSON.stringify({ time: new Date().toISOString(), ...shown })}\n`);
  }
  const terminal = stdin.isTTY === true && stderr.isTTY === true;
  const text = watchText(shown, { name, cwd, terminal });
  if (text === undefined) return;
  const notice: Notice = { type: 'notice', text };
  if (report !== undefined) report(notice);
  else await context.work((tools) => Promise.resolve(tools.report(notice)));
};

/** What commands of rules write stands between the lines; as JSON lines where those are wanted. */
function commandOutput({ options, stderr }: Context): Writable {
  if (options.progress !== 'json') return stderr;
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      const time = new Date().toISOString();
      const event = { time, type: 'step-output', index: 0, text: chunk.toString() };
      stderr.write(`${JSON.stringify(event)}\n`, done);
    },
  });
}
