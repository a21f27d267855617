import type { DiscoveryInput } from '../engine/discovery.ts';
import type { EngineAddress } from '../engine/docker/address.ts';
import { DevenvError } from '../errors.ts';

export type EngineSearch =
  { found: true; address: EngineAddress; via: string } | { found: false; failure: DevenvError };

/** Looks for the engine where finding none is an answer too. */
export async function searchEngine(input: DiscoveryInput): Promise<EngineSearch> {
  const { discoverEngine } = await import('../engine/discovery.ts');
  try {
    const { address, via } = await discoverEngine(input);
    return { found: true, address, via };
  } catch (error) {
    if (error instanceof DevenvError && error.code === 'engine_unreachable') {
      return { found: false, failure: error };
    }
    throw error;
  }
}
