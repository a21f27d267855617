import type { ProbeFailure } from './probe.ts';

/** One place that was looked at, and why it was not used. */
export interface Attempt {
  /** What named it, for people: `--host`, `DOCKER_HOST`, `the usual socket`. */
  via: string;
  host: string;
  /** Chosen by the person, so that nothing else was tried. */
  explicit: boolean;
  failure?: ProbeFailure;
}
