import type { EngineAddress } from './docker/address.ts';
import { type Candidate, findCandidates } from './discovery/candidates.ts';
import type { Attempt } from './discovery/attempt.ts';
import type { DiscoveryInput } from './discovery/input.ts';
import { probe } from './discovery/probe.ts';
import { explicitFailure, nothingAnswers } from './discovery/unreachable.ts';

export type { Attempt, DiscoveryInput };

export interface Discovery {
  address: EngineAddress;
  via: string;
  /** Everything looked at, the engine found last. */
  attempts: Attempt[];
}

/**
 * Finds the engine to use: `--host`, DOCKER_HOST, the current Docker context, the person's
 * settings, the usual sockets, devenv's own engine. A connection that is accepted decides.
 * What was chosen explicitly is used or fails: the next best engine would hold other workspaces.
 * Fails with `engine_unreachable`.
 */
export async function discoverEngine(input: DiscoveryInput): Promise<Discovery> {
  const attempts: Attempt[] = [];
  for await (const candidate of findCandidates(input)) {
    const attempt = await tryCandidate(candidate);
    attempts.push(attempt);
    if (attempt.failure === undefined) {
      return { address: candidate.address, via: candidate.via, attempts };
    }
    if (candidate.explicit) throw await explicitFailure(attempt, input);
  }
  throw await nothingAnswers(attempts, input);
}

/** Looks at every place, whether or not an earlier one answers. For `devenv doctor`. */
export async function tryEverything(input: DiscoveryInput): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for await (const candidate of findCandidates(input)) attempts.push(await tryCandidate(candidate));
  return attempts;
}

async function tryCandidate({ via, address, explicit }: Candidate): Promise<Attempt> {
  const failure = await probe(address);
  return { via, host: address.host, explicit, ...(failure && { failure }) };
}
