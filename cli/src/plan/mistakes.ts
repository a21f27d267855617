import type { Config } from '../config/config.ts';
import type { DevenvError } from '../errors.ts';
import { planEnd } from './end.ts';
import type { Intent, Plan } from './plan.ts';
import type { World } from './world.ts';

/**
 * What can be done while there are mistakes in the devenv file: what stands can be entered and
 * ended, as it was before them. Everything else would need to know what is wanted, and throws
 * them.
 *
 * @param config What the file said before.
 */
export function planDespiteMistakes(
  config: Config,
  world: World,
  intent: Intent,
  mistakes: DevenvError,
): Plan {
  if (intent.kind === 'stop' || intent.kind === 'down') return planEnd(config, world, intent);
  if (intent.kind !== 'enter' || world.container?.state !== 'running') throw mistakes;
  return {
    steps: [],
    notices: [`${summary(mistakes)} It goes on as before.`],
    question: undefined,
  };
}

function summary({ diagnostics, message }: DevenvError): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return message;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return `${first.file}:${first.range.start.line}: ${first.message}${more}`;
}
