import { relative } from 'node:path';
import type { Diagnostic } from '../config/diagnostic.ts';
import type { NoticeTone } from '../engine/events.ts';
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

/** What a person is told, and how it is marked. */
export interface WatchNotice {
  text: string;
  tone?: NoticeTone;
}

/** What a person is told of an event; undefined for what needs no words. */
export function watchText(
  event: ShownWatchEvent,
  { name, cwd, terminal }: Facts,
): WatchNotice | undefined {
  switch (event.type) {
    case 'watching': {
      const folders = countOf(event.folders, 'folder');
      return news(`Watching ${name} (${folders}). Ctrl-C ends it.`);
    }
    case 'changed':
      return news(`Changed: ${enumerate(event.paths)}; ${nextOf(event)}.`);
    case 'unchanged':
      // A save that changes nothing needs no words, but a failure has to be taken back.
      return event.mends ? { tone: 'good', text: `${name} is up to date again.` } : undefined;
    case 'waiting': {
      const now = terminal ? 'Press r to do it now.' : '"devenv up" in another terminal asks.';
      return { text: `${waitingFor(event.sessions)}: ${withoutAsking(event.question)} ${now}` };
    }
    case 'done': {
      const took = formatDuration(event.milliseconds);
      return { tone: 'good', text: `${name} is up to date (${took}).` };
    }
    case 'ran': {
      const command = `${oneLine(event.command)} (${formatDuration(event.milliseconds)}).`;
      if (event.status === 0) return { tone: 'good', text: `Done: ${command}` };
      return { tone: 'bad', text: `Failed with status ${event.status}: ${command}` };
    }
    case 'running': {
      const paths = enumerate(event.paths);
      return news(`Still runs: ${oneLine(event.command)}; for ${paths} it runs again after that.`);
    }
    case 'ended': {
      const took = formatDuration(event.milliseconds);
      return news(`Ended with the container it ran in: ${oneLine(event.command)} (${took}).`);
    }
    case 'stopped':
      return news(`${name} does not run, so it stays as it is; "devenv up" brings it up to date.`);
    case 'failed':
      return { tone: 'bad', text: failureText(event.error, cwd) };
  }
}

function news(text: string): WatchNotice {
  return { tone: 'news', text };
}

function waitingFor(sessions: number): string {
  if (sessions === 0) return 'Waiting';
  return sessions === 1
    ? 'Waiting for the session to end'
    : `Waiting for ${sessions} sessions to end`;
}

function withoutAsking(question: string): string {
  return question.replace(/ Go on\?$/, '');
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

/** What went wrong with the lines that tell why, and what comes next. */
function failureText({ code, message, hint, details, diagnostics }: Failure, cwd: string): string {
  // Where an instruction of a Dockerfile has failed, the message names its place.
  const built = diagnostics.some((one) => one.code === 'build-failed');
  const mistakes = diagnostics.filter(({ severity }) => severity === 'error' && !built);
  // Hints about "the same command" are for who has typed one.
  const advice = hint === undefined || hint.includes('same command again') ? [] : [hint];
  const log = built ? ['"devenv logs --build" shows all of the output.'] : [];
  const again = code === 'build_failed' ? 'The build is tried' : 'It is tried';
  return [
    ...(code === 'config_invalid' && mistakes.length > 0 ? [] : [sentence(message)]),
    ...mistakes.map((mistake) => mistakeText(mistake, cwd)),
    ...details.map((line) => `| ${line}`),
    ...advice,
    ...log,
    `${again} again at the next change.`,
  ].join('\n');
}

function mistakeText({ file, range, message }: Diagnostic, cwd: string): string {
  const path = relative(cwd, file);
  const place = `${path.startsWith('..') ? file : path}:${range.start.line}:${range.start.column}`;
  return `${place}: ${sentence(message)}`;
}

function sentence(text: string): string {
  const whole = text.trim();
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
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
