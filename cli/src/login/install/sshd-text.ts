import { loginGroup, places } from './places.ts';

/**
 * What sshd does for the group. Each kind of forwarding is named as well, since before
 * OpenSSH 10.0 DisableForwarding leaves those of X11 and the agent on.
 */
export function sshdText({ sshAgent = false }: { sshAgent?: boolean } = {}): string {
  return `# People in the group ${loginGroup} get a workspace instead of a shell of this machine. Written by
# "devenv login install".

Match Group ${loginGroup}
    ForceCommand ${places.shell}
    PermitTTY yes
    PermitUserRC no
    # sshd would forward in the network of this machine.
${forwarding(sshAgent)}
    # The shell is run with what the person's ~/.pam_environment may say; these let it run code.
    SetEnv ${harmful.map((name) => `${name}=`).join(' ')}

Match all
`;
}

function forwarding(sshAgent: boolean): string {
  const lines = [
    'AllowTcpForwarding no',
    'AllowStreamLocalForwarding no',
    'X11Forwarding no',
    'PermitTunnel no',
    `AllowAgentForwarding ${sshAgent ? 'yes' : 'no'}`,
  ];
  if (!sshAgent) lines.unshift('DisableForwarding yes');
  return lines.map((line) => `    ${line}`).join('\n');
}

/** By which a program is made to load code or to misread its data before it has begun. */
const harmful = [
  'LD_PRELOAD',
  'LD_AUDIT',
  'LD_LIBRARY_PATH',
  'GLIBC_TUNABLES',
  'GCONV_PATH',
  'LOCPATH',
];
