import type { PortRequest } from '../config/config.ts';
import { DevenvError } from '../errors.ts';
import type { PublishedPort, TakenPort } from './world.ts';

/**
 * Chooses host ports. `8080:80` is that port or a failure naming the holder; `3000` keeps the
 * port it had, or takes the next free one and says so. The exact ones choose first, since they
 * cannot give way.
 */
export function choosePorts(
  requests: PortRequest[],
  taken: TakenPort[],
  previous: PublishedPort[],
): { ports: PublishedPort[]; notices: string[] } {
  const chosen = new Map<PortRequest, PublishedPort>();
  const notices: string[] = [];
  const holderOf: HolderOf = (port, request) =>
    taken.find((other) => other.port === port && clash(other, request))?.holder ??
    ([...chosen.values()].some((other) => other.host === port && clash(other, request))
      ? 'another port of this workspace'
      : undefined);

  const exactFirst = [...requests].sort((one, other) => Number(other.exact) - Number(one.exact));
  for (const request of exactFirst) {
    const holder = holderOf(request.host, request);
    if (request.exact && holder !== undefined) throw portTaken(request, holder);
    const host = request.exact ? request.host : nextFree(request, previous, holderOf);
    const { container, protocol, hostIp } = request;
    chosen.set(request, { container, protocol, hostIp, host });
    if (host !== request.host && holder !== undefined) {
      notices.push(`Port ${request.host} is taken by ${holder}; using ${host} instead.`);
    }
  }
  return { ports: requests.map((request) => chosen.get(request)!), notices };
}

type HolderOf = (port: number, request: PortRequest) => string | undefined;

function nextFree(request: PortRequest, previous: PublishedPort[], holderOf: HolderOf): number {
  const kept = previous.find(
    (port) =>
      port.container === request.container &&
      port.protocol === request.protocol &&
      port.host > 0 &&
      holderOf(port.host, request) === undefined,
  );
  if (kept !== undefined) return kept.host;
  for (let port = request.host; port <= 65_535; port += 1) {
    if (holderOf(port, request) === undefined) return port;
  }
  throw portTaken(request, 'every port above it, too');
}

function clash(
  other: { protocol: string; hostIp: string },
  request: { protocol: string; hostIp: string },
): boolean {
  if (other.protocol !== request.protocol) return false;
  return other.hostIp === request.hostIp || isAny(other.hostIp) || isAny(request.hostIp);
}

function isAny(address: string): boolean {
  return address === '' || address === '0.0.0.0' || address === '::';
}

function portTaken(request: PortRequest, holder: string): DevenvError {
  return new DevenvError('port_taken', `Port ${request.host} is already taken by ${holder}.`, {
    hint: `Stop what uses it, or write "${request.container}" alone in "ports" to take the next free one.`,
  });
}

/**
 * Why a stopped container cannot start on the host ports it was made with, or undefined. Its
 * ports were free when they were chosen; another program may hold one now.
 */
export function takenPort(
  container: { state: string; ports: PublishedPort[] },
  taken: TakenPort[],
  requests: PortRequest[],
): string | undefined {
  if (requests.length === 0 || container.state === 'running') return undefined;
  for (const port of container.ports) {
    const holder = taken.find((other) => other.port === port.host && clash(other, port))?.holder;
    if (holder !== undefined) return `port ${port.host} is taken by ${holder}`;
  }
  return undefined;
}
