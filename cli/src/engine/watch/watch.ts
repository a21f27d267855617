import { relative } from 'node:path';
import type { Writable } from 'node:stream';
import { DevenvError } from '../../errors.ts';
import {
  addWork,
  afterIntent,
  causes,
  nextIntent,
  noWork,
  triesAgain,
  type WatchIntent,
  type WatchWork,
} from '../../plan/watch-work.ts';
import type { ContainerFacts } from '../../plan/world.ts';
import { converge, type ConvergeOptions } from '../converge.ts';
import type { Report } from '../events.ts';
import { observeContainer } from '../observe.ts';
import { awaitIdle } from '../session/await-idle.ts';
import { openWorkspace, type Workspace } from '../workspace.ts';
import { Lookout } from './lookout.ts';
import { RuleCommands } from './rule-commands.ts';
import type { WatchEvent } from './watch-event.ts';

export interface WatchOptions {
  /** The engine's address, where the person has named it. */
  host: string | undefined;
  /** Runs what takes a while, with its progress shown and its interruption heard. */
  work: <T>(run: (tools: ConvergeOptions) => Promise<T>) => Promise<T>;
  /**
   * Brings the workspace up in a way of its own, before it is kept up to date. Where that fails it
   * is tried again at the next change, unless the person did not want it.
   */
  first?: () => Promise<unknown>;
  /** Also while work goes on. */
  say: (event: WatchEvent) => Promise<void>;
  /** Settles when the person wants what waits to be done at once; never without a terminal. */
  forced: (signal: AbortSignal) => Promise<void>;
  /** Whether to do at once what would be waited with. */
  yes: boolean;
  /** Gets what the commands of rules write, also while work goes on. */
  output: Writable;
  /** Ends the watching. */
  signal: AbortSignal;
}

/**
 * Keeps a workspace as its files describe it, until the signal is aborted: looks once, and after
 * each change that comes then. Failures are said and survived; only `folder_unusable` is thrown,
 * as nothing can be watched then.
 */
export async function watchWorkspace(workspace: Workspace, options: WatchOptions): Promise<void> {
  const blind = new AbortController();
  const signal = AbortSignal.any([options.signal, blind.signal]);
  const lookout = await Lookout.open(workspace, (error) => blind.abort(error));
  try {
    await new Watching({ ...options, signal }, workspace, lookout).run();
    if (blind.signal.aborted) throw blind.signal.reason;
  } finally {
    await lookout.close();
  }
}

/** What stands in the way of what is to be done. */
interface Held {
  /** How many attached sessions it would end. */
  sessions: number;
}

/** So often in a row a workspace is made anew for what has changed while it was made. */
const patience = 5;

class Watching {
  readonly #options: WatchOptions;
  readonly #lookout: Lookout;
  readonly #commands: RuleCommands;
  #workspace: Workspace;
  #work: WatchWork;
  /** Whether the workspace has once been what its files say. */
  #settled = false;
  #inARow = 0;
  /** Whether the workspace is just being changed, so that no command can begin. */
  #acting = false;
  /** Whether the last thing to do to the workspace has failed. */
  #failed = false;
  /** What has failed, and is not tried again before something else that matters has changed. */
  #parked: WatchWork = noWork;
  /** The question that has been shown last, while it stands and nothing else has been said. */
  #asked: string | undefined;

  constructor(options: WatchOptions, workspace: Workspace, lookout: Lookout) {
    this.#options = {
      ...options,
      say: (event) => {
        // What is said since pushes the question out of sight.
        if (event.type !== 'unchanged' || event.mends) this.#asked = undefined;
        return options.say(event);
      },
    };
    this.#workspace = workspace;
    this.#lookout = lookout;
    this.#work = { ...noWork, inputs: [workspace.config.project.root] };
    this.#commands = new RuleCommands({
      ...this.#options,
      relative: (paths) => this.#relative(paths),
      again: (run) => {
        this.#work = addWork(this.#work, { ...noWork, runs: [run] });
        if (!this.#acting) void this.#survive(() => this.#runCommands());
      },
    });
  }

  async run(): Promise<void> {
    const { say, yes, signal, first } = this.#options;
    const up = first === undefined || (await this.#bringUp(first));
    await say({ type: 'watching', folders: this.#lookout.folders });
    try {
      // What has failed a moment ago would fail again.
      let forced = up ? yes : (await this.#wait(undefined)) || yes;
      while (!signal.aborted) {
        const held = await this.#act(forced);
        forced = (await this.#wait(held)) || yes;
      }
    } finally {
      await this.#commands.ended();
    }
  }

  async #bringUp(first: () => Promise<unknown>): Promise<boolean> {
    const { say, signal } = this.#options;
    try {
      await first();
      return true;
    } catch (error) {
      if (signal.aborted || isRefusal(error)) throw error;
      await say({ type: 'failed', error });
      this.#failed = true;
      this.#park();
      return false;
    }
  }

  get #root(): string {
    return this.#workspace.config.project.root;
  }

  /** Does what is to be done; gives what is in the way of the rest. */
  async #act(forced: boolean): Promise<Held | undefined> {
    const held = await this.#changeWorkspace(forced);
    // In the container there is: sessions that last for days hold back no command.
    await this.#survive(() => this.#runCommands());
    return held;
  }

  async #changeWorkspace(forced: boolean): Promise<Held | undefined> {
    let held: Held | undefined;
    this.#acting = true;
    const done = await this.#survive(async () => {
      const started = Date.now();
      let intent = nextIntent(this.#work);
      while (intent !== undefined && held === undefined) {
        held = await this.#converge(intent, forced, started);
        intent = nextIntent(this.#work);
      }
      this.#settled ||= held === undefined;
    });
    this.#acting = false;
    this.#failed = !done;
    if (!done) this.#park();
    return held;
  }

  #park(): void {
    const { runs } = this.#work;
    this.#parked = addWork(this.#parked, { ...this.#work, runs: [] });
    this.#work = { ...noWork, runs };
  }

  /** A file that is saved again asks for another try, even if it is unchanged. */
  #add(more: WatchWork): void {
    this.#work = addWork(this.#work, more);
    if (!triesAgain(more)) return;
    this.#work = addWork(this.#work, this.#parked);
    this.#parked = noWork;
  }

  /** Gives whether it has succeeded. */
  async #survive(run: () => Promise<void>): Promise<boolean> {
    const { say, signal } = this.#options;
    if (signal.aborted) return false;
    try {
      await run();
      return true;
    } catch (error) {
      if (!signal.aborted) await say({ type: 'failed', error });
      return false;
    }
  }

  async #converge(
    intent: WatchIntent,
    forced: boolean,
    started: number,
  ): Promise<Held | undefined> {
    const { say, work, signal } = this.#options;
    const paths = this.#relative(causes(this.#work, intent));
    const [workspace, container] = await Promise.all([this.#open(), this.#container()]);
    this.#workspace = workspace;
    if (this.#settled && container?.state !== 'running') {
      this.#work = noWork;
      await say({ type: 'stopped', paths });
      return undefined;
    }
    if (this.#inARow === patience) {
      this.#inARow = 0;
      throw neverSettles(paths);
    }
    let question: string | undefined;
    try {
      const { plan } = await work((tools) =>
        converge(this.#workspace, intent, {
          ...tools,
          report: this.#announcing(tools.report, paths, intent),
          // The swap is quick then, and what is broken is heard of now.
          buildsFirst: true,
          confirm: (asked) => {
            if (!forced) question = asked;
            return Promise.resolve(forced);
          },
        }),
      );
      this.#work = afterIntent(this.#work, intent, plan);
      const done = plan.steps.length > 0;
      this.#asked = undefined;
      this.#inARow = done && this.#lookout.waiting ? this.#inARow + 1 : 0;
      if (done) await this.#sayDone(intent, started);
      else await say({ type: 'unchanged', paths, mends: this.#failed });
      return undefined;
    } catch (error) {
      if (question === undefined || signal.aborted) throw error;
    }
    // The one look may have come before the session in question, the other one after it.
    const now = await this.#container();
    const sessions = Math.max(container?.sessions.length ?? 0, now?.sessions.length ?? 0);
    // A change that leaves the question as it is, and says nothing else, needs no second line.
    if (this.#asked !== question) await say({ type: 'waiting', sessions, question });
    this.#asked = question;
    return { sessions };
  }

  /** Says what is done about which paths, once it is known that something is. */
  #announcing(report: Report, paths: string[], { kind }: WatchIntent): Report {
    return (event) => {
      const begins = event.type === 'plan' && event.steps.length > 0;
      // The first look has no change to name.
      if (begins && paths.length > 0) {
        void this.#options.say({ type: 'changed', paths, action: kind });
      }
      report(event);
    };
  }

  async #sayDone({ kind: action }: WatchIntent, started: number): Promise<void> {
    const container = await this.#container();
    const milliseconds = Date.now() - started;
    await this.#options.say({
      type: 'done',
      action,
      container: container?.id ?? null,
      milliseconds,
    });
  }

  async #runCommands(): Promise<void> {
    const { runs } = this.#work;
    this.#work = { ...this.#work, runs: [] };
    for (const run of runs) {
      const container = await this.#container();
      if (container?.state === 'running') {
        await this.#commands.start(this.#workspace, container, run);
      } else await this.#options.say({ type: 'stopped', paths: this.#relative(run.paths) });
    }
  }

  /**
   * Waits for the next change or, where something is held back, for the end of what holds it.
   * Gives whether the person forces it.
   */
  async #wait(held: Held | undefined): Promise<boolean> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, over.signal]);
    const changed = this.#lookout.next(signal).then((more) => {
      if (more !== undefined) this.#add(more);
    });
    const ways: Promise<boolean>[] = [changed.then(() => false)];
    if (held !== undefined) ways.push(this.#options.forced(signal).then(() => true));
    if (held !== undefined && held.sessions > 0) {
      ways.push(this.#untilIdle(signal).then(() => false));
    }
    try {
      return await Promise.race(ways);
    } finally {
      over.abort();
      // Changes that are just being looked into are not lost.
      await changed;
    }
  }

  /** Never settles when the engine goes away: then a change or the person ends the waiting. */
  async #untilIdle(signal: AbortSignal): Promise<void> {
    const { docker, identity } = this.#workspace;
    try {
      await awaitIdle(docker, identity.containerName, identity.id, signal);
    } catch (error) {
      if (!signal.aborted) await this.#options.say({ type: 'failed', error });
      await new Promise(() => undefined);
    }
  }

  /** The workspace as its file is now, wherever the first look has found it. */
  #open(): Promise<Workspace> {
    const { host } = this.#options;
    const { file } = this.#workspace.config.project;
    return openWorkspace({
      cwd: this.#root,
      environment: this.#workspace.environment,
      ...(file === undefined ? {} : { file }),
      ...(host === undefined ? {} : { host }),
    });
  }

  #container(): Promise<ContainerFacts | undefined> {
    const { docker, identity } = this.#workspace;
    return observeContainer(docker, identity.containerName);
  }

  /** To the project, which itself is no path worth a word. */
  #relative(paths: string[]): string[] {
    return paths.map((path) => relative(this.#root, path)).filter((path) => path !== '');
  }
}

/** Whether the person has said no, or could not be asked. */
function isRefusal(error: unknown): boolean {
  const refusals = ['interrupted', 'confirmation_needed'];
  return error instanceof DevenvError && refusals.includes(error.code);
}

function neverSettles([path = 'a file']: string[]): DevenvError {
  const message = `The workspace was made anew ${patience} times in a row, since ${path} changed each time it was made.`;
  return new DevenvError('build_failed', message, {
    hint: 'What hooks and commands write must not be copied by the Dockerfile: name it in .dockerignore.',
  });
}
