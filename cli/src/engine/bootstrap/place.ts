import type { Caller } from '../../plan/world.ts';
import type { Report } from '../events.ts';

/** Where and for whom an image is built. */
export interface BootstrapPlace {
  caller: Caller;
  environment: Record<string, string | undefined>;
}

export interface BootstrapOptions {
  report: Report;
  confirm: (question: string) => Promise<boolean>;
  signal: AbortSignal;
  /** Builds the image anew though there is one of that name. */
  force?: boolean;
}
