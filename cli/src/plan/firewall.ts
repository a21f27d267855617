import type { Confinement } from '../config/config.ts';

/**
 * The rules of a confined workspace's own network, as iptables-restore(8) reads them: what it may
 * send. What comes in by published ports may be answered; names may be asked for; of the rest
 * nothing goes to the host, to other workspaces or to what is denied.
 */
export function firewallRules(
  { pool, deny, hostPorts }: Pick<Confinement, 'pool' | 'deny' | 'hostPorts'>,
  hostAddresses: string[],
  nameservers: string[],
): string {
  const hosts = [...new Set(hostAddresses)].filter((address) => !address.startsWith('127.'));
  const rules = [
    '-o lo -j ACCEPT',
    '-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
    ...nameservers.flatMap((address) =>
      ['udp', 'tcp'].map((protocol) => `-d ${address} -p ${protocol} --dport 53 -j ACCEPT`),
    ),
    ...hosts.flatMap((address) =>
      hostPorts.map((port) => `-d ${address} -p tcp --dport ${port} -j ACCEPT`),
    ),
    ...[...hosts, pool, ...deny].map((range) => `-d ${range} -j REJECT`),
  ];
  return [
    '*filter',
    ':OUTPUT ACCEPT',
    ...rules.map((rule) => `-A OUTPUT ${rule}`),
    'COMMIT',
    '',
  ].join('\n');
}
