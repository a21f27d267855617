import type { CommandDefinition } from './command-definition.ts';
import type { GlobalOptions, Input, Surroundings } from './context.ts';
import { createContext } from './create-context.ts';
import { loadCommand } from './load-command.ts';

/*
 * Everything behind the command line. It is a file of its own in the build: --help and completion
 * do without it.
 */

/** Carries out one command and gives its exit code; failures are thrown. */
export async function execute(
  { name }: CommandDefinition,
  surroundings: Surroundings,
  { options, input }: { options: GlobalOptions; input: Input },
): Promise<number> {
  const run = await loadCommand(name);
  return run(createContext(surroundings, options), input);
}

/** Shows a failure and gives the exit code for it. */
export async function fail(
  error: unknown,
  surroundings: Surroundings,
  { json, jsonProgress, session }: { json: boolean; jsonProgress: boolean; session: boolean },
): Promise<number> {
  const { exitCodeOf } = await import('../ui/failure.ts');
  const { showFailure } = await import('../ui/show-failure.ts');
  await showFailure(error, { json, jsonProgress, surroundings });
  return exitCodeOf(error, session);
}
