import { DevenvError } from '../../errors.ts';
import type { Attempt } from './attempt.ts';
import { fixFor } from './fix.ts';
import type { DiscoveryInput } from './input.ts';

/** What was chosen explicitly does not answer. */
export async function explicitFailure(
  attempt: Attempt,
  input: DiscoveryInput,
): Promise<DevenvError> {
  return new DevenvError(
    'engine_unreachable',
    `The engine at ${attempt.host} (from ${attempt.via}) ${attempt.failure?.message ?? ''}.`,
    { hint: await fixFor(attempt, input) },
  );
}

/** Nothing was chosen, and nothing usual answers. */
export async function nothingAnswers(
  attempts: Attempt[],
  input: DiscoveryInput,
): Promise<DevenvError> {
  return new DevenvError('engine_unreachable', 'No container engine answers on this machine.', {
    hint: await fixFor(mostPromising(attempts), input),
    details: attempts.map(({ via, host, failure }) => `${via}: ${host} ${failure?.message ?? ''}`),
  });
}

/** An engine that runs but is closed to this person is nearer than one that does not run. */
function mostPromising(attempts: Attempt[]): Attempt | undefined {
  const order = ['denied', 'timeout', 'other', 'refused', 'unresolvable', 'absent'];
  const rank = ({ failure }: Attempt): number => order.indexOf(failure?.reason ?? 'absent');
  return attempts.toSorted((a, b) => rank(a) - rank(b))[0];
}
