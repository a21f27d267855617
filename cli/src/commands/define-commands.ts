import { Argument, Help, Option, type Command } from 'commander';
import type {
  ArgumentDefinition,
  CommandDefinition,
  OptionDefinition,
} from './command-definition.ts';
import { commandFamilies, commandTable } from './command-table.ts';
import { globalOptions } from './global-options.ts';
import { commandHelp, programHelp, sentence } from './help-text.ts';
import { showHelpOf } from './show-help-of.ts';
import { stopParsing } from './stop-parsing.ts';

type Found = (definition: CommandDefinition, command: Command) => void;

/**
 * Teaches commander the command table; `found` is called with the command that was given.
 * Only commands whose name stands somewhere in `argv` get their options: no other can be reached,
 * and all of them together cost as much as the rest of a short call.
 */
export function defineCommands(
  program: Command,
  { version, argv, found }: { version: string; argv: string[]; found: Found },
): void {
  program
    .usage('COMMAND [options]')
    .description('A container to work in for every repository, from one file.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .enablePositionalOptions()
    .configureHelp({ subcommandTerm, visibleOptions })
    .addHelpText('after', programHelp)
    .exitOverride(stopParsing(undefined, 'devenv'));
  for (const option of globalOptions) program.addOption(toOption(option));
  const parents = new Map<string, Command>();
  for (const definition of commandTable) {
    const [first = '', second] = definition.name.split(' ');
    const family = second === undefined ? program : parents.get(first);
    const parent = family ?? addFamily(program, first, definition);
    const command = addCommand(parent, second ?? first, definition, found);
    if (argv.includes(first)) addOptions(command, definition.options);
    parents.set(first, second === undefined ? command : parent);
  }
  addHelp(program, argv);
}

/** commander's own prints the help of the whole program for a command that it does not know. */
function addHelp(program: Command, argv: string[]): void {
  const command = program
    .command('help')
    .argument('[COMMAND...]')
    .summary('print help for a command')
    .description(sentence('print help for a command'))
    .helpCommand(false)
    .helpOption('-h, --help', 'print help')
    .helpGroup('This machine:')
    .addHelpText('after', () => commandHelp({}))
    .exitOverride(stopParsing(undefined, 'devenv help'));
  command.action(() => showHelpOf(program, command.args));
  if (argv.includes('help')) addOptions(command);
}

/** The command that does nothing itself: the `engine` of `engine start`. */
function addFamily(program: Command, name: string, first: CommandDefinition): Command {
  const summary = commandFamilies[name] ?? '';
  const command = program
    .command(name)
    .usage('COMMAND')
    .summary(summary)
    .description(sentence(summary))
    .helpCommand(false)
    .helpOption('-h, --help', 'print help')
    .helpGroup(heading(first))
    .exitOverride(stopParsing(undefined, `devenv ${name}`));
  addOptions(command);
  return command;
}

function addCommand(
  parent: Command,
  name: string,
  definition: CommandDefinition,
  found: Found,
): Command {
  const { args = [], summary, description } = definition;
  const command = parent
    .command(name, { hidden: definition.group === undefined })
    .summary(summary)
    .description(description ?? sentence(summary))
    .helpCommand(false)
    .helpOption('-h, --help', 'print help')
    .helpGroup(parent.parent === null ? heading(definition) : 'Commands:')
    .passThroughOptions(definition.passThrough ?? false)
    .addHelpText('after', () => commandHelp(definition))
    .exitOverride(stopParsing(definition, `devenv ${definition.name}`));
  for (const argument of args) command.addArgument(toArgument(argument));
  return command.action(() => found(definition, command));
}

/** Its own options and the global ones, which help shows only once, at the top. */
function addOptions(command: Command, own: OptionDefinition[] = []): void {
  for (const option of own) command.addOption(toOption(option));
  const taken = own.map(({ flags }) => flags.split(',')[0]);
  for (const option of globalOptions) {
    const [short, long] = option.flags.split(', ');
    // `logs -f` means --follow: there, only the long form of --file is left.
    const flags = taken.includes(short) && long !== undefined ? long : option.flags;
    command.addOption(toOption({ ...option, flags }).hideHelp());
  }
}

function toArgument({ name, summary, optional, variadic, complete }: ArgumentDefinition): Argument {
  const text = variadic === true ? `${name}...` : name;
  const argument = new Argument(optional === true ? `[${text}]` : `<${text}>`, summary);
  return Array.isArray(complete) ? argument.choices(complete) : argument;
}

function toOption({ flags, summary, complete }: OptionDefinition): Option {
  const option = new Option(flags, summary);
  return Array.isArray(complete) ? option.choices(complete) : option;
}

function heading({ group }: CommandDefinition): string {
  return `${group ?? 'Commands'}:`;
}

/** `run [TASK]`, `engine start|stop`: a command in a list, without the word [options]. */
function subcommandTerm(command: Command): string {
  const terms = command.registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name();
    return argument.required ? name : `[${name}]`;
  });
  const names = command.commands.map((child) => child.name());
  // More of them would push the summaries of all commands off the screen.
  const children = names.length > 4 ? 'COMMAND' : names.join('|');
  if (children !== '') terms.push(command.name() in commandFamilies ? children : `[${children}]`);
  return [command.name(), ...terms].join(' ');
}

/** The program's own options come after its commands, in programHelp. */
function visibleOptions(this: Help, command: Command): Option[] {
  return command.parent === null ? [] : Help.prototype.visibleOptions.call(this, command);
}
