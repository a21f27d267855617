import type { CommanderError } from 'commander';
import { suggest } from '../config/suggest.ts';
import type { CommandDefinition } from './command-definition.ts';
import { globalOptions } from './global-options.ts';
import { sentence } from './help-text.ts';
import { otherWords } from './other-words.ts';
import { UsageError } from './usage-error.ts';

/**
 * Turns commander's refusals into UsageError, each with what to type instead. `name` is the
 * command as typed: `devenv engine`.
 */
export function stopParsing(
  definition: CommandDefinition | undefined,
  name: string,
): (error: CommanderError) => never {
  return (error) => {
    // Help and version are no mistakes.
    if (/^commander\.(help|version)/.test(error.code)) throw error;
    const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
    const hint =
      hintForOtherTools(message, definition, name) ??
      suggestion?.replace(/^\(|\)$/g, '') ??
      suggestGlobalOption(message) ??
      `See "${name} --help".`;
    throw new UsageError(sentence(message), hint, definition);
  };
}

/** What hands that know another tool have typed. */
function hintForOtherTools(
  message: string,
  definition: CommandDefinition | undefined,
  name: string,
): string | undefined {
  const unknown = /^unknown (?:command|option) '([^']+)'/.exec(message)?.[1] ?? '';
  if (name === 'devenv') {
    const ours = otherWords.get(unknown);
    if (ours !== undefined) return `Did you mean ${ours}?`;
  }
  if (definition?.session !== true || !terminalOption.test(unknown)) return undefined;
  const separator =
    definition.passThrough === true
      ? ' "--" separates its options from the command: devenv exec -- CMD.'
      : '';
  return `devenv uses the terminal by itself, so that it has no options like docker’s -it.${separator}`;
}

const terminalOption = /^(-[it]+|--interactive|--tty)$/;

/** Commander suggests only what help shows. */
function suggestGlobalOption(message: string): string | undefined {
  const unknown = /^unknown option '(--[^'=]+)/.exec(message)?.[1];
  if (unknown === undefined) return undefined;
  const names = globalOptions.flatMap(({ flags }) => /--[a-z-]+/.exec(flags) ?? []);
  const near = suggest(unknown, names);
  return near === undefined ? undefined : `Did you mean ${near}?`;
}
