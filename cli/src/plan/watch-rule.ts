import { posix } from 'node:path';
import { Minimatch, escape } from 'minimatch';
import type { Command, WatchRule } from '../config/config.ts';

/** A rule of `watch:` that knows which paths it is about; all of them absolute, with slashes. */
export interface WatchMatcher {
  rule: WatchRule;
  matches(file: string): boolean;
  /** Whether something below the folder can match. */
  reachesBelow(folder: string): boolean;
}

/** Folders that no pattern enters unless it names them: other programs write there all the time. */
const avoided = ['.git', 'node_modules'];

/** Reads the path of a rule: a file, a folder with all that is in it, or a pattern. */
export function readWatchRule(rule: WatchRule, root: string): WatchMatcher {
  const written = posix.normalize(rule.path).replace(/(?<=.)\/+$/, '');
  const pattern = written.startsWith('/') ? written : posix.join(escape(root), written);
  const texts = isPattern(written) ? [pattern] : [pattern, posix.join(pattern, '**')];
  const patterns = texts.map((text) => new Minimatch(text, options));
  const names = written.split('/');
  const isAvoided = (path: string): boolean => {
    const parts = posix.relative(root, path).split('/');
    return avoided.some((name) => parts.includes(name) && !names.includes(name));
  };
  return {
    rule,
    matches: (file) => !isAvoided(file) && patterns.some((one) => one.match(file)),
    reachesBelow: (folder) => !isAvoided(folder) && patterns.some((one) => one.match(folder, true)),
  };
}

const options = { dot: true, nocomment: true, nonegate: true };

/** Without the root, which is escaped by what would count as a pattern too. */
function isPattern(written: string): boolean {
  return new Minimatch(written, options).hasMagic();
}

/** What changed files lead to by the rules, with the files that lead to it. */
export interface RuleWork {
  rebuild: string[];
  restart: string[];
  runs: WatchRun[];
}

export interface WatchRun {
  command: Command;
  paths: string[];
}

/**
 * Of the rules about a file the strongest counts: a rebuild makes all anew that a restart would
 * start, and its hooks do what a command would. Several commands for one file all run.
 */
export function ruleWork(matchers: WatchMatcher[], files: string[]): RuleWork {
  const work: RuleWork = { rebuild: [], restart: [], runs: [] };
  const runs = new Map<WatchMatcher, string[]>();
  for (const file of files) {
    const matching = matchers.filter((matcher) => matcher.matches(file));
    const actions = matching.map(({ rule }) => rule.action);
    if (actions.includes('rebuild')) work.rebuild.push(file);
    else if (actions.includes('restart')) work.restart.push(file);
    else for (const one of matching) runs.set(one, [...(runs.get(one) ?? []), file]);
  }
  work.runs = matchers.flatMap((matcher) => {
    const { run: command } = matcher.rule;
    const paths = runs.get(matcher);
    return command === undefined || paths === undefined ? [] : [{ command, paths }];
  });
  return work;
}

/** With one more to be run; a command stands there once, with all the paths. */
export function addRun(runs: WatchRun[], { command, paths }: WatchRun): WatchRun[] {
  const same = runs.find((run) => JSON.stringify(run.command) === JSON.stringify(command));
  if (same === undefined) return [...runs, { command, paths }];
  return runs.map((run) => (run === same ? { command, paths: unite(run.paths, paths) } : run));
}

/** Both, with each path once. */
export function unite(one: string[], other: string[]): string[] {
  return [...new Set([...one, ...other])];
}
