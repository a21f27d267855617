import { Writable } from 'node:stream';
import type { SimpleCommand } from '../../config/config.ts';
import { DevenvError } from '../../errors.ts';
import { labels } from '../../plan/labels.ts';
import type { Action } from '../../plan/plan.ts';
import type { ContainerFacts } from '../../plan/world.ts';
import type { Applying } from '../apply.ts';
import { attach } from '../attach.ts';
import { containerFacts } from '../observe.ts';
import { openSessionContext } from '../session/context.ts';
import { noteMade } from './made.ts';
import { readHooksDone, writeHooksDone } from '../host/workspace-folder.ts';

/** How many of a failed hook's last lines are repeated in the message. */
const tailLines = 20;

type HookAction = Extract<Action, { do: 'run-hook' }>;

/** Runs a hook inside, and notes its success so that it does not run again. */
export async function runHook(
  action: HookAction,
  index: number,
  applying: Applying,
): Promise<void> {
  const { docker, config, folder } = applying;
  const inspection = await docker.inspectContainer(action.container);
  if (inspection === undefined) {
    throw new DevenvError('engine_failed', `Container ${action.container} is gone.`);
  }
  const container = containerFacts(inspection);
  const { command } = action;
  const commands: [string, SimpleCommand][] =
    command.kind === 'parallel' ? Object.entries(command.commands) : [['', command]];
  const context = await openSessionContext({
    config,
    container,
    folder,
    environment: applying.environment,
    secrets: applying.secrets,
    local: docker.local,
    root: false,
  });
  const run = async (): Promise<void> => {
    const runs = commands.map(([name, one]) =>
      runOne(action, name, one, index, container, context, applying),
    );
    const results = await Promise.allSettled(runs);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
  try {
    if (await isFirst(action, container, applying)) {
      await noteMade(docker, folder, container.id, run);
    } else await run();
  } finally {
    await context.close();
  }
  await noteSuccess(action, container, applying);
}

/** What a start hook makes at later starts it has made at the first one, or hardly anything. */
async function isFirst(
  { hook }: HookAction,
  { id }: ContainerFacts,
  { folder }: Applying,
): Promise<boolean> {
  if (hook === 'create') return true;
  const done = await readHooksDone(folder);
  return done.find(({ containerId }) => containerId === id)?.start === undefined;
}

async function runOne(
  action: HookAction,
  name: string,
  command: SimpleCommand,
  index: number,
  container: ContainerFacts,
  context: { user: string; environment: Record<string, string> },
  { docker, report, config, signal }: Applying,
): Promise<void> {
  const tail: string[] = [];
  const output = (): Writable =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        const text = chunk.toString();
        tail.push(...text.split('\n').filter((line) => line.trim() !== ''));
        tail.splice(0, tail.length - tailLines);
        report({ type: 'step-output', index, text: name === '' ? text : prefix(name, text) });
        done();
      },
    });
  const which = name === '' ? `The ${action.hook} hook` : `The ${action.hook} hook "${name}"`;
  const status = await attach(docker, {
    container: container.id,
    argv: command.kind === 'argv' ? command.argv : ['/bin/sh', '-c', command.script],
    user: context.user,
    // A container that is brought back may have been made for another folder.
    workingDir: container.labels[labels.workspace] ?? config.workspace,
    environment: context.environment,
    tty: false,
    stdin: null,
    stdout: output(),
    stderr: output(),
    signal,
  }).catch((error: unknown) => {
    throw isSessionFailure(error) ? notRun(which, error) : error;
  });
  if (status === 0) return;
  throw new DevenvError('hook_failed', `${which} failed with status ${status}.`, {
    hint: action.undone === true ? retriedAnew : retriedInside,
    details: tail,
  });
}

const retriedInside =
  'Mend it and run the same command again: it is retried until it succeeds. "devenv shell --no-hooks" enters as things are.';
const retriedAnew =
  'The workspace is as it was before. Mend the hook and run the same command again; to look around where it fails, run "devenv down", then "devenv shell --no-hooks".';

function isSessionFailure(error: unknown): error is DevenvError {
  return error instanceof DevenvError && error.code === 'session_failed';
}

function notRun(which: string, cause: DevenvError): DevenvError {
  return new DevenvError('hook_failed', `${which} could not be run: ${cause.message}`, {
    hint: 'Run the same command again: it is retried until it succeeds.',
    details: cause.details,
    cause,
  });
}

function prefix(name: string, text: string): string {
  return text.replace(/^(?=.)/gm, `${name}: `);
}

async function noteSuccess(
  { hook, hash, command }: HookAction,
  container: ContainerFacts,
  { folder }: Applying,
): Promise<void> {
  const containerId = container.id;
  const before = await readHooksDone(folder);
  const done = before.find((one) => one.containerId === containerId) ?? { containerId };
  await writeHooksDone(
    folder,
    hook === 'create'
      ? { ...done, create: hash }
      : { ...done, start: { hash, command, startedAt: container.startedAt ?? '' } },
  );
}
