import type { Completion } from '../command-definition.ts';
import { completedCommands, type CompletedCommand } from './model.ts';

/** The completion script for bash; it needs nothing but bash itself. */
export function bashCompletion(): string {
  return template
    .replace('@SUBCOMMANDS@', () => cases(({ subcommands }) => names(subcommands)))
    .replace('@OPTIONS@', () => cases(({ options }) => options.flatMap((option) => option.names)))
    .replace('@VALUES@', () => completedCommands().map(valueCases).join(''))
    .replace('@ARGUMENTS@', () => completedCommands().map(argumentCases).join(''));
}

function names(items: { name: string }[]): string[] {
  return items.map(({ name }) => name);
}

function cases(words: (command: CompletedCommand) => string[]): string {
  return completedCommands()
    .map((command) => `    '${command.name}') REPLY='${words(command).join(' ')}' ;;\n`)
    .join('');
}

function valueCases({ name, options }: CompletedCommand): string {
  return options
    .filter(({ takesValue }) => takesValue)
    .map((option) => {
      const patterns = option.names.map((flag) => `'${name} ${flag}'`).join('|');
      return `    ${patterns}) REPLY='${kind(option.complete)}' ;;\n`;
    })
    .join('');
}

function argumentCases({ name, args, passThrough }: CompletedCommand): string {
  const first = args[0];
  if (first === undefined) return '';
  return `    '${name}') REPLY='${passThrough ? 'command' : kind(first.complete)}' ;;\n`;
}

/** How the script names what to offer; a list of words stands for itself. */
function kind(complete: Completion | undefined): string {
  if (complete === undefined) return 'nothing';
  return Array.isArray(complete) ? `words ${complete.join(' ')}` : complete;
}

// Words are glued at colons, because bash cuts `test:unit` into three.
const template = `# bash completion for devenv: source <(devenv completion bash)

_devenv_subcommands() {
  REPLY=''
  case "$1" in
@SUBCOMMANDS@  esac
}

_devenv_options() {
  REPLY=''
  case "$1" in
@OPTIONS@  esac
}

_devenv_value() { # what the option's value is; '' when it takes none
  REPLY=''
  case "$1 $2" in
@VALUES@  esac
}

_devenv_argument() {
  REPLY='nothing'
  case "$1" in
@ARGUMENTS@  esac
}

_devenv_collect() { # offers the lines of stdin that start with $1
  local line
  while IFS= read -r line; do
    [[ $line == "\${1-}"* ]] && COMPREPLY+=("$line")
  done
}

_devenv_offer() { # $1: what, $2: the word so far; the rest: options for devenv
  local what=$1 current=$2
  shift 2
  case "$what" in
    folder) compopt -o filenames 2>/dev/null; _devenv_collect < <(compgen -d -- "$current") ;;
    file) compopt -o filenames 2>/dev/null; _devenv_collect < <(compgen -f -- "$current") ;;
    command) _devenv_collect < <(compgen -c -- "$current") ;;
    words*) _devenv_collect < <(compgen -W "\${what#words}" -- "$current") ;;
    task|workspace)
      _devenv_collect "$current" < <(command devenv "$@" __complete "$what" 2>/dev/null)
      ;;
  esac
}

_devenv() {
  local -a words=() globals=()
  local word path='' expect='' glue='' positionals=0 REPLY i last
  COMPREPLY=()
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    last=$((\${#words[@]} - 1))
    if [[ $glue || $word == : ]] && ((last >= 0)); then
      words[last]+=$word
      glue=''
    elif [[ $word == = ]] && ((last >= 0)); then
      words+=('')
      ((i < COMP_CWORD)) && words[last+1]=\${COMP_WORDS[++i]}
    else
      words+=("$word")
    fi
    [[ $word == : ]] && glue=yes
  done
  local current=\${words[\${#words[@]}-1]}

  for word in "\${words[@]:0:\${#words[@]}-1}"; do
    if [[ $expect ]]; then
      case "$expect" in
        -C|--directory|-f|--file|-w|--workspace|--host) globals+=("$expect" "$word") ;;
      esac
      expect=''
      continue
    fi
    if [[ $word == -- && $path == exec ]]; then
      positionals=1
      break
    fi
    if [[ $word == -* ]]; then
      _devenv_value "$path" "$word"
      [[ $REPLY ]] && expect=$word
      continue
    fi
    _devenv_subcommands "$path"
    if ((positionals == 0)) && [[ " $REPLY " == *" $word "* ]]; then
      path=\${path:+$path }$word
    else
      positionals=$((positionals + 1))
      [[ $path == exec ]] && break
    fi
  done

  if [[ $expect ]]; then
    _devenv_value "$path" "$expect"
    _devenv_offer "$REPLY" "$current" "\${globals[@]}"
  elif [[ $path == exec ]] && ((positionals > 0)); then
    [[ \${words[\${#words[@]}-2]} == -- ]] && _devenv_offer command "$current" || _devenv_offer file "$current"
  elif [[ $current == -* ]]; then
    _devenv_options "$path"
    _devenv_offer "words $REPLY" "$current"
  else
    _devenv_subcommands "$path"
    [[ $REPLY ]] && ((positionals == 0)) && _devenv_offer "words $REPLY" "$current"
    _devenv_argument "$path"
    ((\${#COMPREPLY[@]} == 0)) && _devenv_offer "$REPLY" "$current" "\${globals[@]}"
  fi

  # bash replaces only what follows the last colon.
  if [[ $current == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${current%:*}:"}")
  fi
}

complete -F _devenv devenv
`;
