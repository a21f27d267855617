import type { LoginRequest } from './request.ts';
import { sftpRefusal } from './sftp-refusal.ts';

/** Where distributions keep it: it is on nobody's PATH. */
const sftpServers = [
  '/usr/lib/openssh/sftp-server',
  '/usr/libexec/openssh/sftp-server',
  '/usr/lib/ssh/sftp-server',
  '/usr/libexec/sftp-server',
];

/**
 * The argv that a request becomes inside: the person's shell with the command as one argument,
 * never split, as sshd itself would run it. Undefined for a shell to type in.
 */
export function requestArgv(
  { command, service }: LoginRequest,
  shell: string,
): string[] | undefined {
  if (command === undefined) return undefined;
  if (service === 'sftp') return ['/bin/sh', '-c', findSftpServer];
  const text = command.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(command)) return [shell, '-c', text];
  return ['/bin/sh', '-c', decode, 'devenv-bytes', shell, octal(command)];
}

/** The engine's API takes text, and not every command is: such a one travels as `\0101\0102`. */
const decode = 'text=$(printf %b. "$2"); exec "$1" -c "${text%.}"';

function octal(command: Buffer): string {
  return [...command].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('');
}

/** The package that has to be in the image, by Debian's name. */
const packages = { sftp: 'openssh-sftp-server', scp: 'openssh-client', rsync: 'rsync', git: 'git' };

const noSftp = 'The image of this workspace has no sftp-server: install openssh-sftp-server in it.';

const refuseSftp = [...sftpRefusal(noSftp)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`);

const findSftpServer = `for server in ${sftpServers.join(' ')}; do [ -x "$server" ] && exec "$server"; done; printf '${refuseSftp.join('')}'; exit 127`;

/** What to say when a service's program was not found inside. */
export function lacksService({ service }: LoginRequest): string | undefined {
  if (service === undefined) return undefined;
  return `The image of this workspace has no ${service === 'sftp' ? 'sftp-server' : service}: install ${packages[service]} in it.`;
}
