import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { ruleWork } from '../../plan/watch-rule.ts';
import type { WatchWork } from '../../plan/watch-work.ts';
import {
  isInput,
  isWatched,
  outermost,
  reachesBelow,
  ruleFolders,
  startingFolders,
  type Watched,
} from '../../plan/watched.ts';
import type { DevenvError } from '../../errors.ts';
import { loadCached } from '../load/load-cached.ts';
import type { Workspace } from '../workspace.ts';
import { ChangeBatches } from './change-batches.ts';
import { findWatched } from './find-watched.ts';
import { RuleFiles } from './rule-files.ts';
import { watchFolders, type FolderWatch } from './watch-folders.ts';

/** Watches what a workspace is made from, and what its rules are about, as its file says now. */
export class Lookout {
  readonly #workspace: Workspace;
  readonly #root: string;
  readonly #onError: (error: DevenvError) => void;
  readonly #batches = new ChangeBatches();
  #watched: Watched = { paths: [], context: undefined, rules: [] };
  #folders: FolderWatch | undefined;
  #ruleFiles: RuleFiles | undefined;

  private constructor(workspace: Workspace, onError: (error: DevenvError) => void) {
    this.#workspace = workspace;
    this.#root = workspace.config.project.root;
    this.#onError = onError;
  }

  /** Settles when nothing is missed any more; fails with `folder_unusable`, which may come later. */
  static async open(workspace: Workspace, onError: (error: DevenvError) => void): Promise<Lookout> {
    const lookout = new Lookout(workspace, onError);
    await lookout.#look([]);
    return lookout;
  }

  /** How many folders are watched. */
  get folders(): number {
    return this.#folders?.folders ?? 0;
  }

  /** Whether something has changed that `next` has not told of yet. */
  get waiting(): boolean {
    return this.#batches.waiting;
  }

  /** Settles with what the next changes lead to; undefined when the signal is aborted before. */
  async next(signal: AbortSignal): Promise<WatchWork | undefined> {
    const batch = await this.#batches.next(signal);
    if (batch.length === 0) return undefined;
    const before = this.#watched;
    const anew = this.#mayMatter(batch) && (await this.#look(batch));
    // What has changed while nobody looked is in no batch.
    const places = anew ? [...batch, ...this.#ruleFolders()] : batch;
    const files = (await this.#ruleFiles?.changed(places)) ?? [];
    const inputs = batch.filter((path) => isInput(before, path) || isInput(this.#watched, path));
    return {
      ...ruleWork(this.#watched.rules, files),
      inputs: anew ? [...inputs, this.#root] : inputs,
    };
  }

  async close(): Promise<void> {
    this.#batches.close();
    await this.#folders?.close();
  }

  /** Plain files, single ones aside, change nothing in what there is to watch. */
  #mayMatter(batch: string[]): boolean {
    const isPlain = (path: string): boolean =>
      lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
    const { paths } = this.#watched;
    return (
      this.#folders?.stale === true || batch.some((path) => paths.includes(path) || !isPlain(path))
    );
  }

  /** Finds out what there is to watch now, and watches that; gives whether it had to begin anew. */
  async #look(batch: string[]): Promise<boolean> {
    const before = this.#watched;
    const watched = await this.#find();
    this.#watched = watched;
    const ignoresOthers = batch.some((path) => path.endsWith('dockerignore'));
    const same = !ignoresOthers && placesKey(before) === placesKey(watched);
    const anew = this.#folders === undefined || !same || this.#folders.stale;
    if (anew) await this.#watch(watched);
    if (this.#ruleFiles === undefined || rulesKey(before) !== rulesKey(watched)) {
      this.#ruleFiles = await RuleFiles.open(watched.rules, this.#ruleFolders());
    }
    return anew;
  }

  #ruleFolders(): string[] {
    return ruleFolders(this.#watched.rules, this.#root);
  }

  async #find(): Promise<Watched> {
    const { caller, config, docker, environment } = this.#workspace;
    const { file } = config.project;
    const where = { cwd: this.#root, ...(file === undefined ? {} : { file }) };
    try {
      const loaded = await loadCached({ ...where, environment, home: caller.home });
      return await findWatched(loaded, docker, this.#watched);
    } catch {
      // The file is not there now, which is said by whoever needs it; it may come again.
      return this.#watched;
    }
  }

  async #watch(watched: Watched): Promise<void> {
    // First, as chokidar would go on with what it still holds of a folder that has gone.
    await this.#folders?.close();
    const folders = [this.#root, ...startingFolders(watched, this.#root)].map(existingFolder);
    this.#folders = await watchFolders(outermost(folders), {
      enters: (folder) => folders.includes(folder) || reachesBelow(watched, folder),
      onChange: (path) => {
        if (isWatched(watched, path)) this.#batches.add(path);
      },
      onError: this.#onError,
    });
  }
}

function placesKey({ paths, context, rules }: Watched): string {
  return JSON.stringify([paths, context?.root, context?.sources, rules.map(({ rule }) => rule)]);
}

function rulesKey({ rules }: Watched): string {
  return JSON.stringify(rules.map(({ rule }) => rule));
}

/** The folder itself, or the nearest one above it that is there. */
function existingFolder(folder: string): string {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  return folder === dirname(folder) ? folder : existingFolder(dirname(folder));
}
