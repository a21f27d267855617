import { Command, CommanderError, type OptionValues } from 'commander';
import type { ProgressStyle } from '../ui/progress-style.ts';
import type { CommandDefinition } from './command-definition.ts';
import type { GlobalOptions, Input } from './context.ts';
import { defineCommands } from './define-commands.ts';

export type Invocation =
  | { kind: 'run'; definition: CommandDefinition; options: GlobalOptions; input: Input }
  | { kind: 'text'; text: string };

/**
 * What a command line asks for: a command with its options, or a text (help, version) to print.
 * `helpWidth` is in characters. Fails with UsageError.
 */
export function parseArgv(argv: string[], version: string, helpWidth = 80): Invocation {
  let invocation: Invocation | undefined;
  let text = '';
  const program = new Command('devenv').configureOutput({
    writeOut: (part) => (text += part),
    writeErr: (part) => (text += part),
    outputError: () => undefined,
    getOutHelpWidth: () => helpWidth,
    getErrHelpWidth: () => helpWidth,
  });
  defineCommands(program, {
    version,
    argv,
    found: (definition, command) => {
      invocation = toInvocation(definition, command);
    },
  });
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
  }
  return invocation ?? { kind: 'text', text };
}

function toInvocation(definition: CommandDefinition, command: Command): Invocation {
  const options = mergedOptions(command);
  return {
    kind: 'run',
    definition,
    options: {
      directory: options.directory as string | undefined,
      file: options.file as string | undefined,
      workspace: options.workspace as string | undefined,
      host: options.host as string | undefined,
      json: options.json === true,
      progress: (options.progress as ProgressStyle | undefined) ?? 'auto',
      yes: options.yes === true,
      dryRun: options.dryRun === true,
    },
    input: { args: command.args, options: command.opts() },
  };
}

/** What was given before the command and after it; what stands nearer to it wins. */
function mergedOptions(command: Command | null): OptionValues {
  return command === null ? {} : { ...mergedOptions(command.parent), ...command.opts() };
}
