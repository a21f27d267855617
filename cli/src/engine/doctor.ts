import type { DiscoveryInput } from './discovery.ts';
import type { Check } from './doctor/check.ts';
import { engineChecks } from './doctor/engine-checks.ts';
import { searchEngine } from './doctor/engine-search.ts';
import {
  checkAgent,
  checkCertificates,
  checkGit,
  checkNode,
  checkProxies,
  checkWatches,
} from './doctor/host-checks.ts';
import { checkPrivateEngine } from './doctor/private-engine-check.ts';
import type { EngineOwner } from './private-engine.ts';

export type { Check };

/**
 * Looks at everything devenv needs on this machine and says what is wrong with it and what to do.
 * Changes nothing.
 */
export async function diagnose(input: DiscoveryInput, owner: EngineOwner): Promise<Check[]> {
  const { environment } = owner;
  const { check, address } = await searchEngine(input);
  // Where an engine answers there is no need of one of our own.
  const engine =
    address === undefined ? checkPrivateEngine(owner) : inspectEngine(address, environment);
  const host = Promise.all([
    checkGit(environment),
    checkAgent(environment),
    checkCertificates(environment),
  ]);
  return [
    checkNode(),
    check,
    ...(await engine),
    ...(await host),
    checkProxies(environment),
    ...(await checkWatches()),
  ];
}

async function inspectEngine(
  address: NonNullable<Awaited<ReturnType<typeof searchEngine>>['address']>,
  environment: EngineOwner['environment'],
): Promise<Check[]> {
  const { Docker } = await import('./docker.ts');
  try {
    return await engineChecks(new Docker(address), environment);
  } catch (error) {
    return [engineTrouble(error)];
  }
}

function engineTrouble(error: unknown): Check {
  const message = error instanceof Error ? error.message : String(error);
  const hint = 'Something listens there, but is it an engine? Restart it, or choose another.';
  return { name: 'engine answers', status: 'fail', message, hint };
}
