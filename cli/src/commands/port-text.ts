import type { PublishedPort } from '../plan/world.ts';

/** A published port as every --json result shows it. */
export interface PortResult extends PublishedPort {
  /** Where a browser on this host finds it; null for UDP. */
  url: string | null;
}

export function portResult({ container, protocol, hostIp, host }: PublishedPort): PortResult {
  const url = protocol === 'tcp' ? `http://${urlHost(hostIp)}:${host}` : null;
  return { container, protocol, hostIp, host, url };
}

/** `3000 at http://127.0.0.1:3001`, `53/udp at 127.0.0.1:5353`. */
export function portText(port: PublishedPort): string {
  const { url } = portResult(port);
  if (url !== null) return `${port.container} at ${url}`;
  return `${port.container}/${port.protocol} at ${urlHost(port.hostIp)}:${port.host}`;
}

/** All addresses of the host include the one everybody has. */
function urlHost(hostIp: string): string {
  if (hostIp === '' || hostIp === '0.0.0.0' || hostIp === '::') return 'localhost';
  return hostIp.includes(':') ? `[${hostIp}]` : hostIp;
}
