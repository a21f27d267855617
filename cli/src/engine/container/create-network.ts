import { DevenvError } from '../../errors.ts';
import type { Action } from '../../plan/plan.ts';
import type { Docker } from '../docker.ts';

/** Makes a network with the first of the ranges that nothing else has. */
export async function createNetwork(
  docker: Docker,
  { name, labels, internal, subnets }: Extract<Action, { do: 'create-network' }>,
): Promise<void> {
  for (const subnet of subnets) {
    try {
      return await docker.createNetwork(name, { subnet, internal, labels });
    } catch (error) {
      // Only the engine knows all ranges, and others make networks at the same time.
      const taken = error instanceof DevenvError && /overlap|already in use/i.test(error.message);
      if (!taken) throw error;
    }
  }
  throw new DevenvError('engine_failed', `There is no free range of addresses for ${name}.`, {
    hint: 'An administrator has to give "network: {pool: …}" in the policy a larger range.',
  });
}
