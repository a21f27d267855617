import { DevenvError } from '../errors.ts';
import { abortOnInterrupt } from '../ui/interrupt.ts';
import { openOptions, type CommandFunction } from './context.ts';

export const logs: CommandFunction = async (context, { options }) => {
  const { openWorkspace } = await import('../engine/workspace.ts');
  const { workspaceLogs } = await import('../engine/container/logs.ts');
  const tail = lineCount(options.tail);
  const workspace = await openWorkspace(openOptions(context));
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
  } finally {
    dispose();
  }
  return signal.aborted ? 130 : 0;
};

function lineCount(value: string | boolean | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^\d+$/.test(value)) return Number(value);
  throw new DevenvError('usage', `--tail takes a number of lines, not "${String(value)}".`);
}
