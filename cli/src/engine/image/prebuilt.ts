import type { EngineFacts, Prebuilt } from '../../plan/world.ts';
import type { Docker } from '../docker.ts';
import { within } from '../host/within.ts';
import { explainPullFailure } from './pull-failure.ts';
import { registryLogin, withLoginProblem, type LoginOwner } from './registry-login.ts';

/**
 * Whether the registry has the image. One that does not answer, or not to this person, is no
 * failure: the image can be built here. Throws `engine_unreachable`.
 */
export async function observePrebuilt(
  docker: Docker,
  engine: EngineFacts,
  reference: string,
  { environment, home }: LoginOwner,
): Promise<Prebuilt> {
  if (engine.kind === 'podman') {
    return { found: false, problem: 'Podman cannot ask a registry without pulling.' };
  }
  const { login, problem } = await registryLogin(reference, environment, home);
  try {
    const answer = await within(registryPatience, docker.askRegistry(reference, login));
    return { found: answer !== undefined, problem: undefined };
  } catch (error) {
    return { found: false, problem: registryProblem(error, reference, docker.host, problem) };
  }
}

/** Milliseconds in which a registry has to answer a question whose answer can be done without. */
export const registryPatience = 10_000;

/** What keeps a registry from answering, in one line. Throws `engine_unreachable`. */
export function registryProblem(
  error: unknown,
  reference: string,
  host: string,
  loginProblem: string | undefined,
): string {
  const failure = explainPullFailure(error, reference, host);
  if (failure.code === 'engine_unreachable') throw failure;
  const { message, hint, details } = withLoginProblem(failure, loginProblem);
  // What a failure of the login itself was stands last.
  const more = loginProblem !== undefined && details.at(-1) === loginProblem ? loginProblem : '';
  const next = hint?.includes('docker login') === true ? hint : '';
  return [message, more, next].filter((part) => part !== '').join(' ');
}
