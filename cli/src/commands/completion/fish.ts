import type { Completion } from '../command-definition.ts';
import { completedCommands, type CompletedCommand, type CompletedOption } from './model.ts';

/** The completion script for fish. */
export function fishCompletion(): string {
  const lines = completedCommands().flatMap((command) => {
    const seen = condition(command);
    return [
      ...command.subcommands.map(
        ({ name, summary }) => `complete -c devenv -n ${seen} -a ${name} -d ${quote(summary)}`,
      ),
      ...command.options.map((option) => optionLine(seen, option)),
      ...command.args
        .slice(0, 1)
        .map(({ complete }) => `complete -c devenv -n ${seen} ${offer(complete, command)}`),
    ];
  });
  return `${template}${lines.join('\n')}\n`;
}

function condition({ name }: CompletedCommand): string {
  return quote(`__devenv_at ${quote(name)}`);
}

function optionLine(
  seen: string,
  { names, summary, takesValue, complete }: CompletedOption,
): string {
  const flags = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const value = takesValue ? ` -r ${offer(complete)}` : '';
  return `complete -c devenv -n ${seen} ${flags.join(' ')}${value} -d ${quote(summary)}`;
}

function offer(complete: Completion | undefined, command?: CompletedCommand): string {
  if (command?.passThrough === true) return '-F -a "(__fish_complete_subcommand)"';
  if (complete === undefined) return '-f';
  if (Array.isArray(complete)) return `-f -a ${quote(complete.join(' '))}`;
  if (complete === 'file') return '-F';
  if (complete === 'folder') return '-f -a "(__fish_complete_directories)"';
  return `-f -a "(__devenv_names ${complete})"`;
}

/** Inside single quotes fish escapes the quote and the backslash. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

const valueOptions = completedCommands()
  .flatMap(({ options }) => options)
  .filter(({ takesValue, names }) => takesValue && names.length > 0)
  .flatMap(({ names }) => names);

const families = completedCommands()
  .filter(({ name, subcommands }) => name !== '' && subcommands.length > 0)
  .map(({ name }) => name);

const template = `# fish completion for devenv: devenv completion fish | source

# The command typed so far, such as "engine start", without options and their values.
function __devenv_path
  set -l path
  set -l skip 0
  for word in (commandline -opc)[2..]
    if test $skip = 1
      set skip 0
    else if contains -- $word ${[...new Set(valueOptions)].join(' ')}
      # There, -f means --follow.
      test "$path $word" = 'logs -f'; or set skip 1
    else if not string match -q -- '-*' $word
      set -a path $word
      contains -- "$path[1]" ${families.join(' ')}; or break
      test (count $path) -ge 2; and break
    end
  end
  echo "$path"
end

function __devenv_at
  test (__devenv_path) = "$argv[1]"
end

function __devenv_names
  set -l globals
  set -l words (commandline -opc)
  for index in (seq 2 (count $words))
    if contains -- $words[$index] -C --directory -f --file -w --workspace --host
      set -a globals $words[$index..(math $index + 1)]
    end
  end
  command devenv $globals __complete $argv[1] 2>/dev/null
end

complete -c devenv -f
`;
