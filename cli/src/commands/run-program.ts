import { version } from '../engine/version.ts';
import { write } from '../ui/output.ts';
import type { CommandDefinition } from './command-definition.ts';
import type { Surroundings } from './context.ts';
import { parseArgv, type Invocation } from './parse-argv.ts';
import { UsageError } from './usage-error.ts';

/** The whole program: carries out a command line and gives its exit code. Never throws. */
export async function runProgram(argv: string[], surroundings: Surroundings): Promise<number> {
  const { stdout } = surroundings;
  let invocation: Invocation | undefined;
  try {
    invocation = parseArgv(argv, version, stdout.columns);
    if (invocation.kind === 'text') {
      await write(stdout, invocation.text);
      return 0;
    }
    const { definition, input } = invocation;
    // A shell asks for it each time it starts, so it does without what is behind the command line.
    if (definition.name === 'completion') {
      const { completionScripts } = await import('./completion/scripts.ts');
      await write(stdout, completionScripts[input.args[0] ?? ''] ?? '');
      return 0;
    }
    const { execute } = await import('./execute.ts');
    return await execute(definition, surroundings, invocation);
  } catch (error) {
    const { fail } = await import('./execute.ts');
    const session = definitionOf(error, invocation)?.session ?? false;
    return fail(error, surroundings, { ...outputs(argv, invocation), session });
  }
}

function definitionOf(
  error: unknown,
  invocation: Invocation | undefined,
): CommandDefinition | undefined {
  if (error instanceof UsageError) return error.definition;
  return invocation?.kind === 'run' ? invocation.definition : undefined;
}

/** Which JSON was asked for; a line that could not be parsed is searched for it. */
function outputs(
  argv: string[],
  invocation: Invocation | undefined,
): { json: boolean; jsonProgress: boolean } {
  if (invocation?.kind === 'run') {
    const { json, progress } = invocation.options;
    return { json, jsonProgress: progress === 'json' };
  }
  const end = argv.indexOf('--');
  const ours = end === -1 ? argv : argv.slice(0, end);
  return { json: ours.includes('--json'), jsonProgress: false };
}
