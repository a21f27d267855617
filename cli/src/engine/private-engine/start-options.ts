import type { Report } from '../events.ts';

export interface StartOptions {
  /** Whether what is missing may be installed, after asking. */
  install: boolean;
  report: Report;
  confirm: (question: string) => Promise<boolean>;
  signal: AbortSignal;
}
