import { relative } from 'node:path';
import type { WatchEvent } from '../engine/watch/watch-event.ts';
import type { Failure } from './failure.ts';
import { formatDuration } from './format.ts';

/** A watch event with its failure as data. */
export type ShownWatchEvent =
  Exclude<WatchEvent, { type: 'failed' }> | { type: 'failed'; error: Failure };

interface Facts {
  /** Of the workspace. */
  name: string;
  cwd: string;
  /** Whether keys can be pressed. */
  terminal: boolean;
}

/** One line for a person; undefined for what needs no words. */
export function watchText(
  event: ShownWatchEvent,
  { name, cwd, terminal }: Facts,
): string | undefined {
  switch (event.type) {
    case 'watching':
      return `Watching ${name} (${countOf(event.folders, 'folder')}). Ctrl-C ends it.`;
    case 'changed':
      return `Changed: ${enumerate(event.paths)}; ${nextOf(event)}.`;
    case 'unchanged':
      return undefined;
    case 'waiting': {
      const now = terminal ? 'Press r to do it now.' : '"devenv up" in another terminal asks.';
      const until = event.sessions > 0 ? 'Waiting for the end of it' : 'Waiting';
      return `${until}: ${event.question.replace(/ Go on\?$/, '')} ${now}`;
    }
    case 'done':
      return `${name} is up to date (${formatDuration(event.milliseconds)}).`;
    case 'ran': {
      const took = formatDuration(event.milliseconds);
      if (event.status === 0) return `Done: ${oneLine(event.command)} (${took}).`;
      return `Failed with status ${event.status}: ${oneLine(event.command)} (${took}).`;
    }
    case 'running':
      return `${oneLine(event.command)} still runs; it is run again for ${enumerate(event.paths)} when it has ended.`;
    case 'ended': {
      const took = formatDuration(event.milliseconds);
      return `Ended with the container it ran in: ${oneLine(event.command)} (${took}).`;
    }
    case 'stopped':
      return `${name} does not run, so it stays as it is; "devenv up" brings it up to date.`;
    case 'failed':
      return `${failureText(event.error, cwd)} The next change is tried again.`;
  }
}

function nextOf({ action, command = '' }: ShownWatchEvent & { type: 'changed' }): string {
  switch (action) {
    case 'up':
      return 'bringing the workspace up to date';
    case 'rebuild':
      return 'rebuilding';
    case 'restart':
      return 'restarting';
    case 'run':
      return `running ${oneLine(command)}`;
  }
}

/** The first mistake of a file with its place; else the message. */
function failureText({ message, diagnostics }: Failure, cwd: string): string {
  const mistake = diagnostics.find(({ severity }) => severity === 'error');
  if (mistake === undefined) return oneLine(message);
  const { file, range } = mistake;
  const path = relative(cwd, file);
  const place = `${path.startsWith('..') ? file : path}:${range.start.line}:${range.start.column}`;
  return `${place}: ${oneLine(mistake.message)}`;
}

/** More paths than that are only counted. */
const named = 3;

function enumerate(paths: string[]): string {
  const rest = paths.length - named;
  if (rest <= 0) return paths.join(', ');
  return `${paths.slice(0, named).join(', ')} and ${rest} more`;
}

function oneLine(text: string): string {
  const [first = '', ...rest] = text.trim().split('\n');
  return rest.length === 0 ? first : `${first} …`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
