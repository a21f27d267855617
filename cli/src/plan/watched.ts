import { posix } from 'node:path';
import { relateToSource } from './copy-sources.ts';
import type { WatchMatcher } from './watch-rule.ts';

/** What `devenv watch` looks at. All paths are absolute and real, with slashes. */
export interface Watched {
  /** Single files and folders: what the file's outcome depends on, the Dockerfile and its like. */
  paths: string[];
  /** What an image is built from besides; undefined where nothing is copied. */
  context: WatchedContext | undefined;
  rules: WatchMatcher[];
}

export interface WatchedContext {
  root: string;
  /** As `copySources` gives them. */
  sources: string[];
  /** Of .dockerignore; paths are relative to the root. */
  ignores: (path: string) => boolean;
  mayKeepBelow: (folder: string) => boolean;
}

/** Whether a change at the path may have changed what the workspace is made from. */
export function isInput({ paths, context }: Watched, path: string): boolean {
  if (paths.some((one) => one === path || isBelow(one, path))) return true;
  return context !== undefined && (isBelow(context.root, path) || canCopy(context, path));
}

/** Whether there is anything in the folder, at whatever depth, to look at. */
export function reachesBelow(watched: Watched, folder: string): boolean {
  const { paths, context, rules } = watched;
  if (paths.some((path) => isBelow(path, folder))) return true;
  if (context !== undefined && (isBelow(context.root, folder) || canCopy(context, folder))) {
    return true;
  }
  return rules.some((rule) => rule.reachesBelow(folder));
}

/** Whether a change at the path is of any interest. */
export function isWatched(watched: Watched, path: string): boolean {
  return (
    isInput(watched, path) ||
    watched.rules.some((rule) => rule.matches(path) || rule.reachesBelow(path))
  );
}

/** The folders, there or not, below which all that is watched lies. */
export function startingFolders({ paths, context, rules }: Watched, root: string): string[] {
  const folders = paths.map((path) => posix.dirname(path));
  if (context !== undefined) folders.push(context.root);
  return [...new Set([...folders, ...ruleFolders(rules, root)])];
}

/** The same for what the rules are about. */
export function ruleFolders(rules: WatchMatcher[], root: string): string[] {
  return rules.map(({ rule }) => literalFolder(posix.resolve(root, rule.path)));
}

/** Of some folders, those that lie in no other one. */
export function outermost(folders: string[]): string[] {
  const all = [...new Set(folders)];
  return all.filter((folder) => !all.some((other) => isBelow(folder, other)));
}

/**
 * Files that editors make and take away while somebody types; what they save has a name of its
 * own, and an event of its own.
 */
export function isEditorsOwn(path: string): boolean {
  return /(~|\.sw[opx]|___jb_(tmp|old)___)$|^(4913$|\.#|#.*#$)/.test(posix.basename(path));
}

/** Milliseconds without a change after which a batch is whole: a checkout takes its time. */
export function quietTime(changes: number): number {
  return changes > aSave ? 400 : 50;
}

/** More paths than one save touches, temporary names included. */
const aSave = 12;

function canCopy({ root, sources, ignores, mayKeepBelow }: WatchedContext, path: string): boolean {
  if (path === root) return true;
  if (!isBelow(path, root)) return false;
  const relative = posix.relative(root, path);
  const copied = sources.some((one) => one === '' || relateToSource(relative, one) !== 'apart');
  return copied && (!ignores(relative) || mayKeepBelow(relative));
}

/** The part of a pattern before the first component that is not a plain name. */
function literalFolder(path: string): string {
  const parts = path.split('/');
  const magic = parts.findIndex((part) => /[*?[\]{}()!+@\\]/.test(part));
  return parts.slice(0, magic === -1 ? -1 : magic).join('/') || '/';
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder === '/' ? '/' : `${folder}/`) && path !== folder;
}
