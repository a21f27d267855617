import type { WatchIntent } from '../../plan/watch-work.ts';

/** What watching says: a few lines each for a person, one JSON object each for a tool. */
export type WatchEvent =
  | { type: 'watching'; folders: number }
  /** Something is done about changed paths, which are relative to the project. */
  | { type: 'changed'; paths: string[]; action: WatchIntent['kind'] | 'run'; command?: string }
  /** Paths were written, but nothing is different; `mends` where something had failed before. */
  | { type: 'unchanged'; paths: string[]; mends: boolean }
  /** What is to be done would end sessions, or lose what was put into the container by hand. */
  | { type: 'waiting'; sessions: number; question: string }
  | { type: 'done'; action: WatchIntent['kind']; container: string | null; milliseconds: number }
  | { type: 'ran'; command: string; status: number; milliseconds: number }
  /** A rule has fired whose command still runs; it runs again after its end. */
  | { type: 'running'; command: string; paths: string[] }
  /** A rule's command has ended because its container was replaced, restarted or stopped. */
  | { type: 'ended'; command: string; milliseconds: number }
  /** The workspace was stopped or removed by somebody, so that nothing is done to it. */
  | { type: 'stopped'; paths: string[] }
  /** It is gone on, and tried again after the next change. */
  | { type: 'failed'; error: unknown };
