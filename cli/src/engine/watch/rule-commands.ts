import type { Writable } from 'node:stream';
import { commandText } from '../../plan/command-argv.ts';
import { addRun, type WatchRun } from '../../plan/watch-rule.ts';
import { changedVariable } from '../../plan/watch-work.ts';
import type { ContainerFacts } from '../../plan/world.ts';
import { observeContainer } from '../observe.ts';
import { runSession } from '../session.ts';
import type { Workspace } from '../workspace.ts';
import type { WatchEvent } from './watch-event.ts';

interface RuleCommandsOptions {
  say: (event: WatchEvent) => Promise<void>;
  /** Gets what the commands write. */
  output: Writable;
  /** Paths as they are shown. */
  relative: (paths: string[]) => string[];
  /** Gets what has come meanwhile for a command that has ended. */
  again: (run: WatchRun) => void;
  /** Ends them all. */
  signal: AbortSignal;
}

/** The commands of `watch:` rules: they run beside everything else, each one once at a time. */
export class RuleCommands {
  readonly #options: RuleCommandsOptions;
  /** What runs now, by command. */
  readonly #running = new Map<string, Promise<void>>();
  /** What is to be run again. */
  #waiting: WatchRun[] = [];

  constructor(options: RuleCommandsOptions) {
    this.#options = options;
  }

  /** Starts a command; where it still runs, it comes again after its end. */
  async start(workspace: Workspace, container: ContainerFacts, run: WatchRun): Promise<void> {
    const { say, relative } = this.#options;
    const key = keyOf(run);
    const paths = relative(run.paths);
    const command = commandText(run.command);
    if (this.#running.has(key)) {
      const known = this.#waiting.some((one) => keyOf(one) === key);
      this.#waiting = addRun(this.#waiting, run);
      if (!known) await say({ type: 'running', command, paths });
      return;
    }
    const ended = say({ type: 'changed', paths, action: 'run', command })
      .then(() => this.#run(workspace, container, run))
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#next(key));
    this.#running.set(key, ended);
  }

  /** Settles when none runs any more. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  async #run(workspace: Workspace, container: ContainerFacts, run: WatchRun): Promise<void> {
    const { say, output, signal } = this.#options;
    const { root } = workspace.config.project;
    const command = commandText(run.command);
    const started = Date.now();
    let status: number | undefined;
    let failure: unknown;
    try {
      status = await runSession(workspace, container, {
        command: { kind: 'task', command: run.command, further: [] },
        cwd: root,
        root: false,
        tty: false,
        stdin: null,
        stdout: output,
        stderr: output,
        variables: { DEVENV_CHANGED: changedVariable(run.paths, root) },
        unattended: true,
        signal,
      });
    } catch (error) {
      failure = error;
    }
    if (signal.aborted) return;
    const milliseconds = Date.now() - started;
    if (status !== 0 && (await isOver(workspace, container))) {
      await say({ type: 'ended', command, milliseconds });
    } else if (status === undefined) throw failure;
    else await say({ type: 'ran', command, status, milliseconds });
  }

  async #fail(error: unknown): Promise<void> {
    if (!this.#options.signal.aborted) await this.#options.say({ type: 'failed', error });
  }

  #next(key: string): void {
    this.#running.delete(key);
    const next = this.#waiting.find((one) => keyOf(one) === key);
    this.#waiting = this.#waiting.filter((one) => one !== next);
    if (next !== undefined && !this.#options.signal.aborted) this.#options.again(next);
  }
}

function keyOf({ command }: WatchRun): string {
  return JSON.stringify(command);
}

/** Whether the container has stopped since, though it may have started again. */
async function isOver({ docker }: Workspace, { id, startedAt }: ContainerFacts): Promise<boolean> {
  const now = await observeContainer(docker, id);
  return now?.state !== 'running' || now.startedAt !== startedAt;
}
