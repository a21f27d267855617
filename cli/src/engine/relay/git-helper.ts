/** The script's file name in the run folder. */
export const gitHelperName = 'git-credential-devenv';

/** Tells the script which folder is its own session's. */
export const gitRelayVariable = 'DEVENV_GIT_CREDENTIALS';

/**
 * git's credential helper inside: a POSIX sh script that hands git's question to the devenv client
 * on the host and prints the answer. It makes two FIFOs named after its pid, then an empty file
 * that says which of git's three words it is about, and waits: at most 5 s for somebody to open
 * the answer, and after that for as long as they hold it open, which ends with their death too.
 * Without a client it says nothing, and git goes on as if it were not there. Secrets pass through
 * FIFOs only: no file, no argv. The FIFOs' mode is open since the folder's is not.
 */
export const gitHelperScript = `#!/bin/sh
exec 2>/dev/null
relay=\${${gitRelayVariable}:-}
[ -d "$relay" ] || exit 0
case $1 in get | store | erase) ;; *) exit 0 ;; esac

call=$relay/$$
tidy() { rm -f "$call.question" "$call.answer" "$call.$1"; }
tidy "$1"
trap 'tidy "$1"' EXIT
trap 'exit 0' HUP INT TERM
mkfifo -m 666 "$call.question" "$call.answer" || exit 0
: >"$call.$1"

# Opening a FIFO waits for the other end; whoever waits too long is told to give up.
(sleep 5; kill -TERM $$) </dev/null >/dev/null &
patience=$!
exec 4<"$call.answer"
kill $patience
{ cat; echo; } >"$call.question"
cat <&4
`;
