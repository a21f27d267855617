import type { Config } from '../../config/config.ts';
import type { Caller, SourceFacts } from '../../plan/world.ts';
import type { Places } from './host-places.ts';
import type { Policy } from './policy.ts';
import type { Where } from './read-policy.ts';

/** What is asked for, and all that it is judged by. */
export interface DecisionInput {
  policy: Policy;
  where: Where;
  /** From the host's account database; the home with links followed. */
  caller: Caller;
  /** What the person's files say, checked by validateConfig. */
  config: Config;
  source: SourceFacts;
  /** The text of the Dockerfile; undefined where nothing is built, or it cannot be read. */
  dockerfile?: string | undefined;
  /** About each path of hostPlaces(config, source, caller). */
  places: Places;
}
