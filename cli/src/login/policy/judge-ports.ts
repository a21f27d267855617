import type { Confinement, PortRequest } from '../../config/config.ts';
import type { DecisionInput } from './decision-input.ts';
import type { Verdict } from './verdict.ts';

/** Judges what is published on this host; what it means that there is no network to publish. */
export function judgePorts(
  { config }: DecisionInput,
  network: Confinement['network'],
  verdict: Verdict,
): PortRequest[] {
  for (const { hostIp, host } of config.ports) {
    if (hostIp !== '127.0.0.1' && hostIp !== '::1') {
      verdict.deny(`Port ${host} cannot be published on ${hostIp}: only on 127.0.0.1.`);
    }
    if (host < 1024) verdict.deny(`Port ${host} of this host is one of its own.`);
  }
  if (network === 'isolated' || config.ports.length === 0) return config.ports;
  verdict.notice('No port is published: nothing outside can be reached.', 'network.mode');
  return [];
}
