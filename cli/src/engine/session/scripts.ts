/*
 * What a session begins with: it leaves behind none of the variables that shells add of their
 * own, and becomes the command, which so keeps the shell's pid.
 */
const becomeCommand = `
unset OLDPWD PWD SHLVL
case $1 in
  */*) ;;
  *) command -v "$1" >/dev/null || { echo "devenv: $1: not found in the workspace" >&2; exit 127; } ;;
esac
exec "$@"
`;

/** The shell a session begins as: it says its pid first. */
export const sessionScript = `echo "devenv-session $$" >&2${becomeCommand}`;

/** With a terminal it waits for a line, so that the size is set before the command looks at it. */
export const terminalSessionScript = `echo "devenv-session $$"; read -r line${becomeCommand}`;

/**
 * The shell that watches over a session: `$1` is the pid that leads it. It obeys the orders on
 * its stdin, which the client holds open; when the client dies, the engine closes it and the
 * session is ended. The first line says that the client is there: without it, a client that
 * ends while its guard starts would be taken for a dead one. Builtins, /proc and sleep only; and
 * `kill -NAME -GROUP` is the one form that dash, busybox and bash have in common.
 */
export const guardScript = `
exec 2>/dev/null
session=$1 spared=$2

look() {
  text=
  while read -r line; do text="$text $line"; done <"$1" || return
  set -- \${text##*)}
  state=$1 leader=$4 foreground=$6
}

ignores_hangup() {
  while read -r name value; do
    [ "$name" = SigIgn: ] || continue
    case $value in *[13579bdf]) return 0 ;; esac
    return 1
  done <"$1"
  return 1
}

every() {
  left=1
  for file in /proc/[0-9]*/stat; do
    look "$file" || continue
    [ "$leader" = "$session" ] && [ "$state" != Z ] || continue
    pid=\${file#/proc/}
    [ "$spared" ] && ignores_hangup "\${file%stat}status" && continue
    kill "-$1" "\${pid%/stat}" && left=0
  done
  return $left
}

foreground() {
  foreground=
  look "/proc/$session/stat"
  [ "\${foreground:-0}" -gt 0 ] || foreground=$session
  kill "-$1" "-$foreground"
}

slay() {
  for round in 1 2 3 4 5; do every KILL || return; done
}

finish() {
  every HUP
  every CONT
  sleep 1
  every TERM || return
  every CONT
  sleep 1
  every CONT || return
  sleep 1
  slay
}

read -r word || exit 0
while read -r word; do
  case $word in
    end) exit 0 ;;
    finish) finish; exit 0 ;;
    KILL) slay ;;
    USR1 | USR2) kill "-$word" "$session" ;;
    *) foreground "$word" ;;
  esac
done
finish
`;
