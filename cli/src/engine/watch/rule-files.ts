import { createHash } from 'node:crypto';
import { createReadStream, type Dirent, type Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import type { WatchMatcher } from '../../plan/watch-rule.ts';

/** Bytes. A larger file is told by its size and time, as reading it would hold everything up. */
const largest = 64 * 1024 * 1024;

/** Files that are read at the same time. */
const atOnce = 32;

/** The files that `watch:` rules are about, with what was in them when they were last looked at. */
export class RuleFiles {
  readonly #matchers: WatchMatcher[];
  #contents = new Map<string, string>();

  private constructor(matchers: WatchMatcher[]) {
    this.#matchers = matchers;
  }

  /** Looks at every file there is below the folders. */
  static async open(matchers: WatchMatcher[], folders: string[]): Promise<RuleFiles> {
    const files = new RuleFiles(matchers);
    await files.changed(folders);
    return files;
  }

  /** Of the files at and below the paths, those whose content is another than the last time. */
  async changed(paths: string[]): Promise<string[]> {
    if (this.#matchers.length === 0) return [];
    const now = new Map<string, Stats>();
    for (const path of paths) {
      if (!this.#isAbout(path)) continue;
      for await (const [file, stats] of this.#find(path)) now.set(file, stats);
    }
    const gone = [...this.#contents.keys()].filter(
      (file) => !now.has(file) && paths.some((path) => isAtOrBelow(file, path)),
    );
    for (const file of gone) this.#contents.delete(file);
    return [...gone, ...(await this.#compare([...now]))].sort();
  }

  async #compare(found: [string, Stats][]): Promise<string[]> {
    const changed: string[] = [];
    const compare = async ([file, stats]: [string, Stats]): Promise<void> => {
      const content = await contentOf(file, stats);
      if (this.#contents.get(file) === content) return;
      this.#contents.set(file, content);
      changed.push(file);
    };
    for (let start = 0; start < found.length; start += atOnce) {
      await Promise.all(found.slice(start, start + atOnce).map(compare));
    }
    return changed;
  }

  async *#find(path: string): AsyncGenerator<[string, Stats]> {
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined) return;
    if (!stats.isDirectory()) {
      const counts = stats.isFile() || stats.isSymbolicLink();
      if (counts && this.#matchers.some((one) => one.matches(path))) yield [path, stats];
      return;
    }
    // What cannot be listed, or has gone meanwhile, has no files to compare.
    const entries: Dirent[] = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const child = posix.join(path, entry.name);
      if (this.#isAbout(child)) yield* this.#find(child);
    }
  }

  #isAbout(path: string): boolean {
    return this.#matchers.some((one) => one.matches(path) || one.reachesBelow(path));
  }
}

async function contentOf(file: string, stats: Stats): Promise<string> {
  try {
    if (stats.isSymbolicLink()) return await readlink(file);
    if (stats.size > largest) return `${stats.size} ${stats.mtimeMs}`;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch {
    // Gone since, which the next event tells, or not readable.
    return 'unreadable';
  }
}

function isAtOrBelow(file: string, path: string): boolean {
  return file === path || file.startsWith(path === '/' ? '/' : `${path}/`);
}
