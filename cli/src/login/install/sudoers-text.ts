import { loginGroup, places } from './places.ts';

/**
 * The one thing that the group may do as root. Without a pty and PAM session of its own, sudo
 * becomes the broker instead of waiting for it.
 */
export function sudoersText({ sshAgent = false }: { sshAgent?: boolean } = {}): string {
  // sudo drops a value that begins with "()" unless the pattern says so; a command may begin so.
  const kept = ['SSH_CONNECTION', 'SSH_ORIGINAL_COMMAND', 'SSH_ORIGINAL_COMMAND=()*', 'SSH_TTY'];
  if (sshAgent) kept.push('SSH_AUTH_SOCK');
  const defaults = `Defaults!${places.broker}`;
  return `# Lets people in the group ${loginGroup} start the broker of devenv-shell, without arguments, and nothing
# else. Written by "devenv login install".

# Nothing of their environment comes along but these; the first three only if they look harmless.
${defaults} env_reset, !setenv
${defaults} env_check = "TERM LANG LC_*"
${defaults} env_keep = "${kept.join(' ')}"
${defaults} umask = 0022, umask_override, closefrom = 3, !closefrom_override
# With these, no process of sudo stays for the time of a session.
${defaults} !use_pty, !pam_session, !pam_setcred, !requiretty

%${loginGroup} ALL = (root) NOPASSWD: NOSETENV: ${places.broker} ""
`;
}
