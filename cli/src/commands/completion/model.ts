import type { ArgumentDefinition, Completion, OptionDefinition } from '../command-definition.ts';
import { commandFamilies, commandTable } from '../command-table.ts';
import { globalOptions } from '../global-options.ts';

/** A command as a completion script sees it. */
export interface CompletedCommand {
  /** '' for the program itself, `engine` for a family, `engine start` for one of it. */
  name: string;
  summary: string;
  /** Words that may follow as a command. */
  subcommands: { name: string; summary: string }[];
  options: CompletedOption[];
  args: ArgumentDefinition[];
  passThrough: boolean;
}

export interface CompletedOption {
  /** `-C` and `--directory`. */
  names: string[];
  summary: string;
  takesValue: boolean;
  complete: Completion | undefined;
}

const help: OptionDefinition = { flags: '-h, --help', summary: 'print help' };
const version: OptionDefinition = { flags: '--version', summary: 'print the version' };

/** The program, its families and its commands, from the table that the parser uses too. */
export function completedCommands(): CompletedCommand[] {
  const visible = commandTable.filter(({ group }) => group !== undefined);
  const children = (parent: string): CompletedCommand['subcommands'] =>
    visible
      .filter(({ name }) => name.startsWith(`${parent} `))
      .map(({ name, summary }) => ({ name: name.slice(parent.length + 1), summary }));
  const families = Object.entries(commandFamilies).map(([name, summary]) => ({ name, summary }));
  const single = visible.filter(({ name }) => !name.includes(' '));
  const program = {
    name: '',
    summary: '',
    subcommands: [...single.map(({ name, summary }) => ({ name, summary })), ...families],
    options: completedOptions([version]),
    args: [],
    passThrough: false,
  };
  return [
    program,
    ...families.map((family) => ({
      ...family,
      subcommands: children(family.name),
      options: completedOptions([]),
      args: [],
      passThrough: false,
    })),
    ...visible.map(({ name, summary, options = [], args = [], passThrough = false }) => ({
      name,
      summary,
      subcommands: children(name),
      options: completedOptions(options),
      args,
      passThrough,
    })),
  ];
}

function completedOptions(own: OptionDefinition[]): CompletedOption[] {
  const result: CompletedOption[] = [];
  for (const { flags, summary, complete } of [...own, ...globalOptions, help]) {
    const taken = result.flatMap(({ names }) => names);
    const names = flags
      .replace(/ <.*/, '')
      .split(', ')
      .filter((name) => !taken.includes(name));
    result.push({ names, summary, takesValue: flags.includes('<'), complete });
  }
  return result;
}
