import { buffer } from 'node:stream/consumers';
import type { Workspace } from '../engine/workspace.ts';
import { DevenvError } from '../errors.ts';
import { abortOnInterrupt } from '../ui/interrupt.ts';
import { write } from '../ui/output.ts';
import { openOptions, type CommandFunction, type Context } from './context.ts';

export const logs: CommandFunction = (context, input) =>
  input.options.build === true ? buildLogs(context, input) : containerLogs(context, input);

const buildLogs: CommandFunction = async (context, { options }) => {
  if (options.follow === true) {
    throw new DevenvError(
      'usage',
      '--follow has nothing to follow: --build shows what was written.',
      {
        hint: 'Leave one of the two out. "devenv up" shows a build while it runs.',
      },
    );
  }
  const { openWorkspace } = await import('../engine/workspace.ts');
  const { lastBuildLog } = await import('../engine/image/last-build-log.ts');
  const tail = lineCount(options.tail);
  const workspace = await openWorkspace({ ...openOptions(context), evenWithMistakes: true });
  await write(context.stdout, await lastBuildLog(workspace, tail));
  return 0;
};

const containerLogs: CommandFunction = async (context, { options }) => {
  const { openWorkspace } = await import('../engine/workspace.ts');
  const { workspaceLogs } = await import('../engine/container/logs.ts');
  const tail = lineCount(options.tail);
  const workspace = await openWorkspace({ ...openOptions(context), evenWithMistakes: true });
  const { signal, dispose } = abortOnInterrupt(context.signals, () => undefined);
  try {
    const { stdout, stderr } = context;
    const follow = options.follow === true;
    await workspaceLogs(workspace, {
      follow,
      ...(tail === undefined ? {} : { tail }),
      stdout,
      stderr,
      signal,
    });
    if (!follow && !(await hasWritten(workspace))) await sayThereIsNothing(context);
  } finally {
    dispose();
  }
  return signal.aborted ? 130 : 0;
};

/** Asks anew, since what --tail has left out is written too. */
async function hasWritten({ docker, identity }: Workspace): Promise<boolean> {
  const last = await docker.containerLogs(identity.containerName, { follow: false, tail: 1 });
  return (await buffer(last)).length > 0;
}

/** Usual, as PID 1 is only there to wait; without a word it would look like a fault. */
function sayThereIsNothing(context: Context): Promise<void> {
  return context.work(async ({ report }) =>
    report({
      type: 'notice',
      text: 'The container itself has written nothing; hooks show their output while they run.',
    }),
  );
}

function lineCount(value: string | boolean | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^\d+$/.test(value)) return Number(value);
  throw new DevenvError('usage', `--tail takes a number of lines, not "${String(value)}".`);
}
