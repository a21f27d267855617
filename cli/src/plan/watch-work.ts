import { posix } from 'node:path';
import { addRun, unite, type RuleWork } from './watch-rule.ts';
import type { Intent, Plan } from './plan.ts';

/** What changes have led to and is not done yet. */
export interface WatchWork extends RuleWork {
  /** Changed paths of what the workspace is made from; whether that matters, the hashes tell. */
  inputs: string[];
}

export const noWork: WatchWork = { inputs: [], rebuild: [], restart: [], runs: [] };

/** Both, with each path once. */
export function addWork(work: WatchWork, more: WatchWork): WatchWork {
  return {
    inputs: unite(work.inputs, more.inputs),
    rebuild: unite(work.rebuild, more.rebuild),
    restart: unite(work.restart, more.restart),
    runs: more.runs.reduce(addRun, work.runs),
  };
}

/** What the next thing to do asks of the workspace; undefined when only commands are left. */
export function nextIntent({ inputs, rebuild, restart }: WatchWork): WatchIntent | undefined {
  if (rebuild.length > 0) return { kind: 'rebuild', noCache: false, pull: false };
  if (inputs.length > 0) return { kind: 'up' };
  return restart.length > 0 ? { kind: 'restart' } : undefined;
}

export type WatchIntent = Extract<Intent, { kind: 'rebuild' | 'up' | 'restart' }>;

/** The paths that led to an intent. */
export function causes({ inputs, rebuild, restart }: WatchWork, { kind }: WatchIntent): string[] {
  switch (kind) {
    case 'rebuild':
      return unite(rebuild, inputs);
    case 'up':
      return inputs;
    case 'restart':
      return restart;
  }
}

/** What is left once the intent's plan has been carried out. */
export function afterIntent(work: WatchWork, { kind }: WatchIntent, { steps }: Plan): WatchWork {
  const started = steps.some((step) => step.do === 'start-container');
  const restart = kind === 'restart' || started ? [] : work.restart;
  if (kind === 'restart') return { ...work, restart };
  return { ...work, restart, inputs: [], rebuild: kind === 'rebuild' ? [] : work.rebuild };
}

/** Whether after these changes it is worth trying what has failed before them. */
export function triesAgain({ inputs, rebuild }: WatchWork): boolean {
  return inputs.length > 0 || rebuild.length > 0;
}

/** Bytes; the kernel takes 128 KiB for one variable. */
const mostBytes = 100_000;

/**
 * The value of DEVENV_CHANGED: paths relative to the project, one a line, as many as a variable
 * can hold.
 */
export function changedVariable(paths: string[], root: string): string {
  const lines: string[] = [];
  let bytes = 0;
  for (const path of paths) {
    const line = posix.relative(root, path);
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > mostBytes) break;
    lines.push(line);
  }
  return lines.join('\n');
}
