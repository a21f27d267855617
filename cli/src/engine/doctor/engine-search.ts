import { DevenvError } from '../../errors.ts';
import { type Attempt, discoverEngine, type DiscoveryInput, tryEverything } from '../discovery.ts';
import type { EngineAddress } from '../docker/address.ts';
import { fixFor } from '../discovery/fix.ts';
import { type Check, fail, ok } from './check.ts';

/**
 * Which engine devenv uses and what else there is: every place looked at, why it was not used, and
 * what to do about it.
 */
export async function searchEngine(
  input: DiscoveryInput,
): Promise<{ check: Check; address: EngineAddress | undefined }> {
  try {
    const { address, via } = await discoverEngine(input);
    const others = await describeAttempts(await attempts(input), input);
    return { check: ok('engine', `${address.host} (${via})`, others), address };
  } catch (error) {
    if (!(error instanceof DevenvError)) throw error;
    const tried = await describeAttempts(await attempts(input), input);
    const hint = error.hint ?? 'Run "devenv engine start".';
    return { check: fail('engine', error.message, hint, tried), address: undefined };
  }
}

/** A choice that cannot even be read ends the search; it is in the error already. */
async function attempts(input: DiscoveryInput): Promise<Attempt[]> {
  try {
    return await tryEverything(input);
  } catch (error) {
    if (error instanceof DevenvError) return [];
    throw error;
  }
}

function describeAttempts(attempts: Attempt[], input: DiscoveryInput): Promise<string[]> {
  return Promise.all(
    attempts.map(async (attempt) => {
      const { via, host, failure } = attempt;
      if (failure === undefined) return `${via}: ${host} answers`;
      const text = `${via}: ${host} ${failure.message}`;
      // The hint of the whole check is about a choice; what is just not there needs no fix.
      if (attempt.explicit || failure.reason === 'absent') return text;
      return `${text}. ${await fixFor(attempt, input)}`;
    }),
  );
}
