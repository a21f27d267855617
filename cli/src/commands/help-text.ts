import type { CommandDefinition, OptionDefinition } from './command-definition.ts';
import { globalOptions } from './global-options.ts';

/** What the program's help ends with: the options of every command, and where to start. */
export function programHelp(): string {
  const own: OptionDefinition[] = [
    ...globalOptions,
    { flags: '-h, --help', summary: 'print help, for a command too' },
    { flags: '--version', summary: 'print the version' },
  ];
  const options = own.map(({ flags, summary }): [string, string] => [flags, summary]);
  return `
Options, before or after the command:
${columns(options)}

Examples:
${columns(examples)}

Exit codes: 0 done, 1 unexpected, 2 usage or configuration, 3 engine unreachable,
4 build or pull failed, 5 denied, 6 a hook failed, 130 interrupted. shell, exec and
run give the command's own, or 125 when devenv failed before it ran.`;
}

/** What a command's own help ends with. */
export function commandHelp({ examples = [] }: Pick<CommandDefinition, 'examples'>): string {
  const block = examples.length === 0 ? '' : `\nExamples:\n${columns(examples)}\n`;
  return `${block}\nOptions of every command: see "devenv --help".`;
}

/** A line of its own: a capital letter first, a full stop last. */
export function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;
}

const examples: [string, string][] = [
  ['devenv init', 'write a devenv.yaml that suits this folder'],
  ['devenv shell', 'work in its container'],
  ['devenv exec -- npm test', 'one command; its exit code is yours'],
  ['devenv run test', 'a task of devenv.yaml'],
  ['devenv -C ../shop status', 'another project'],
];

function columns(rows: [string, string][]): string {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join('\n');
}
