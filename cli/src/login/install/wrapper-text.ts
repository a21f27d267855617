import { places } from './places.ts';

/**
 * The login shell, for passwd and for ForceCommand. The person's own environment is all there, so
 * it uses keywords and special builtins only, which no function can replace, no PATH, and sh -p,
 * which takes neither files nor functions nor options from the environment.
 *
 * @param own Whether people have engines of their own, so that nothing is done as root.
 */
export function wrapperText({ own = false }: { own?: boolean } = {}): string {
  return `#!/bin/sh -p
# The login shell of people who get a devenv workspace instead of a shell of this machine.
# Written by "devenv login install".

case $#,\${1-} in
  0, | 1,-l | 1,-i | 1,-il | 1,-li | 1,--login) ;;
  2,-c)
    case $2 in
      # What ForceCommand runs. The command that the client gave, if any, is where sshd has put it.
      ${places.shell}) ;;
      *) export SSH_ORIGINAL_COMMAND="$2" ;;
    esac
    ;;
  *)
    echo 'devenv-shell: takes nothing but -c COMMAND' >&2
    exit 2
    ;;
esac

exec ${own ? '' : '/usr/bin/sudo -n '}${places.broker}
`;
}
