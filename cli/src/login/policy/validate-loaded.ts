import type { Config } from '../../config/config.ts';
import type { SourceFacts } from '../../plan/world.ts';
export function validateLoaded(value: unknown): {
  config: Config;
  source: SourceFacts;
  warnings: string[];
} {
  return value as { config: Config; source: SourceFacts; warnings: string[] };
}
