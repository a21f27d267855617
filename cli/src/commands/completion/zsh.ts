import type { ArgumentDefinition, Completion } from '../command-definition.ts';
import { completedCommands, type CompletedCommand, type CompletedOption } from './model.ts';

/** The completion script for zsh, to be sourced or put in a folder of $fpath as _devenv. */
export function zshCompletion(): string {
  const functions = completedCommands().map(commandFunction).join('\n');
  return `${head}\n${functions}\n${tail}`;
}

function commandFunction(command: CompletedCommand): string {
  const { name, subcommands, options, args } = command;
  const specs = options.flatMap(optionSpecs);
  if (subcommands.length === 0) {
    const positionals = args.map((arg, index) => argumentSpec(arg, index, command));
    return define(name, [
      `_arguments -s -S \\\n    ${[...specs, ...positionals].join(' \\\n    ')}`,
    ]);
  }
  const words = subcommands.map((sub) => `    ${quote(`${sub.name}:${sub.summary}`)}`);
  const branches = subcommands.map(
    (sub) => `    ${sub.name}) ${functionName(`${name} ${sub.name}`.trim())} ;;`,
  );
  return define(name, [
    ...(name === '' ? ['local -a devenv_globals'] : []),
    'local curcontext="$curcontext" state line',
    'typeset -A opt_args',
    `_arguments -s -S -C \\\n    ${[...specs, quote('1:command:->command'), quote('*::rest:->rest')].join(' \\\n    ')}`,
    '_devenv_remember',
    `local -a commands=(\n${words.join('\n')}\n  )`,
    `case $state in\n  command) _describe command commands ;;\n  rest) case $line[1] in\n${branches.join('\n')}\n  esac ;;\n  esac`,
  ]);
}

function define(name: string, lines: string[]): string {
  return `${functionName(name)}() {\n${lines.map((line) => `  ${line}`).join('\n')}\n}\n`;
}

function functionName(name: string): string {
  return `_devenv${name === '' ? '' : `_${name.replaceAll(' ', '_')}`}`;
}

function optionSpecs({ names, summary, takesValue, complete }: CompletedOption): string[] {
  const text = summary.replace(/[[\]:\\]/g, '\\$&');
  const value = takesValue ? `: :${action(complete)}` : '';
  const [first = '', second] = names;
  const braces = second === undefined ? first : '';
  if (braces !== '') return [quote(`${first}[${text}]${value}`)];
  return [first, second ?? ''].map((name) => quote(`(${first} ${second})${name}[${text}]${value}`));
}

function argumentSpec(
  { name, optional, variadic, complete }: ArgumentDefinition,
  index: number,
  { passThrough }: CompletedCommand,
): string {
  if (passThrough) return `'(-)1:command:_command_names -e' '*::arguments:_normal'`;
  const position = variadic === true ? '*' : String(index + 1);
  const mark = optional === true && variadic !== true ? ':' : '';
  return quote(`${position}:${mark}${name}:${action(complete)}`);
}

function action(complete: Completion | undefined): string {
  if (complete === undefined) return ' ';
  if (Array.isArray(complete)) return `(${complete.join(' ')})`;
  if (complete === 'file') return '_files';
  if (complete === 'folder') return '_directories';
  return `_devenv_names ${complete}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const head = `#compdef devenv
# zsh completion for devenv: source <(devenv completion zsh)

# Where the project is, as far as it was said: for the names asked of devenv itself.
_devenv_remember() {
  local option
  for option in -C --directory -f --file -w --workspace --host; do
    [[ -n \${opt_args[$option]} ]] && devenv_globals+=($option \${opt_args[$option]})
  done
}

_devenv_names() { # zsh puts options for compadd before the kind of names
  local -a names
  _devenv_remember
  names=("\${(@f)$(command devenv $devenv_globals __complete \${@[-1]} 2>/dev/null)}")
  compadd "\${@[1,-2]}" -a names
}
`;

const tail = `if [[ $funcstack[1] == _devenv ]]; then
  _devenv "$@"
else
  compdef _devenv devenv
fi
`;
