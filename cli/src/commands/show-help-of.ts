import type { Command } from 'commander';
import { suggest } from '../config/suggest.ts';
import { otherWords } from './other-words.ts';
import { UsageError } from './usage-error.ts';

/** Prints the help of the command that `words` name, such as `engine stop`. Fails with UsageError. */
export function showHelpOf(program: Command, words: string[]): never {
  let command = program;
  for (const [index, word] of words.entries()) {
    const next = command.commands.find((child) => child.name() === word);
    if (next === undefined)
      throw unknownCommand(command, ['devenv', ...words.slice(0, index)], word);
    command = next;
  }
  return command.help();
}

function unknownCommand(parent: Command, path: string[], word: string): UsageError {
  const visible = parent.createHelp().visibleCommands(parent);
  const other = parent.parent === null ? otherWords.get(word) : undefined;
  const near =
    other ??
    suggest(
      word,
      visible.map((command) => command.name()),
    );
  const hint = near === undefined ? `See "${path.join(' ')} --help".` : `Did you mean ${near}?`;
  return new UsageError(`Unknown command '${word}'.`, hint, undefined);
}
