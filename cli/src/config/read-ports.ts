import { isIP } from 'node:net';
import type { PortRequest } from './config.ts';
import type { Draft } from './draft.ts';
import type { Path } from './tree.ts';

/** As many as an engine publishes without trouble: each is a process or a firewall rule. */
const mostPorts = 1000;

const localhost = '127.0.0.1';
const hint = 'For example: 3000, "8080:80", "127.0.0.1:8080:80", "3000-3005" or "5353:53/udp"';

interface Numbers {
  first: number;
  last: number;
}

/** What one entry says, before it is unfolded into single ports. */
interface PortEntry {
  container: Numbers;
  /** undefined: the same port, or the next free one. */
  host: Numbers | undefined;
  hostIp: string;
  protocol: 'tcp' | 'udp';
}

/** The ports of a draft, ranges unfolded. */
export function readPorts(draft: Draft): PortRequest[] {
  const requests: { request: PortRequest; path: Path }[] = [];
  for (const [index, written] of (draft.file.ports ?? []).entries()) {
    const path = ['ports', index];
    const entry = typeof written === 'object' ? longForm(draft, path) : shortForm(draft, path);
    for (const request of entry === undefined ? [] : unfold(entry)) {
      const twin = requests.find((other) => clash(other.request, request));
      if (twin === undefined) requests.push({ request, path });
      else complain(draft, path, twin.path, request);
      if (twin !== undefined) break;
    }
    if (requests.length > mostPorts) {
      draft.error('bad-port', path, `More than ${mostPorts} ports: ${draft.quoted(path)}`);
      break;
    }
  }
  return requests.map(({ request }) => request);
}

function shortForm(draft: Draft, path: Path): PortEntry | undefined {
  const bad = (reason: string): undefined => {
    draft.error('bad-port', path, `${draft.quoted(path)} is no port: ${reason}.`, hint);
  };
  const [rest = '', protocol = 'tcp', ...more] = draft.text(path).split('/');
  if (more.length > 0 || (protocol !== 'tcp' && protocol !== 'udp')) {
    return bad('behind the / stands tcp or udp');
  }
  const bracketed = /^\[([^\]]*)\]:(.*)$/.exec(rest);
  const parts = (bracketed?.[2] ?? rest).split(':');
  const hostIp = bracketed?.[1] ?? (parts.length === 3 ? parts.shift()! : undefined);
  if (parts.length > 2) return bad('too many colons; an IPv6 address stands in brackets');
  if (hostIp !== undefined && isIP(hostIp) === 0) return bad('in front stands an IP address');
  const container = numbers(parts.at(-1) ?? '');
  if (container === undefined) return bad('ports are numbers from 1 to 65535');
  const published = parts.length === 2 && !(parts[0] === '' && hostIp !== undefined);
  const host = published ? numbers(parts[0] ?? '') : undefined;
  if (published && host === undefined) return bad('ports are numbers from 1 to 65535');
  if (host !== undefined && size(host) !== size(container)) {
    return bad('both ranges must be of the same length');
  }
  return { container, host, hostIp: hostIp ?? localhost, protocol };
}

function longForm(draft: Draft, path: Path): PortEntry | undefined {
  const port = draft.file.ports?.[Number(path[1])];
  if (typeof port !== 'object') return undefined;
  const container = single(draft, [...path, 'target']);
  const host = port.published === undefined ? undefined : single(draft, [...path, 'published']);
  const { host_ip: hostIp = localhost, protocol = 'tcp' } = port;
  if (isIP(hostIp) === 0) {
    const at = [...path, 'host_ip'];
    draft.error('bad-value', at, `"host_ip" is not an IP address: ${draft.quoted(at)}`);
  }
  return container && { container, host, hostIp, protocol };
}

function single(draft: Draft, path: Path): Numbers | undefined {
  const range = numbers(draft.text(path));
  if (range !== undefined && size(range) === 1) return range;
  const message = `${draft.quoted(path)} is no port: a number from 1 to 65535 is.`;
  draft.error('bad-port', path, message);
  return undefined;
}

/** `3000` or `3000-3005` */
function numbers(text: string): Numbers | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first >= 1 && last <= 65535 && first <= last ? { first, last } : undefined;
}

function size({ first, last }: Numbers): number {
  return last - first + 1;
}

function unfold({ container, host, hostIp, protocol }: PortEntry): PortRequest[] {
  return Array.from({ length: Math.min(size(container), mostPorts + 1) }, (_, step) => ({
    container: container.first + step,
    protocol,
    hostIp,
    host: (host ?? container).first + step,
    exact: host !== undefined,
  }));
}

/** Whether two requests can never both be met, or are the same. */
function clash(one: PortRequest, other: PortRequest): boolean {
  if (one.protocol !== other.protocol || one.host !== other.host) return false;
  if (one.container !== other.container && !(one.exact && other.exact)) return false;
  const everywhere = ['0.0.0.0', '::'];
  return (
    one.hostIp === other.hostIp || [one.hostIp, other.hostIp].some((ip) => everywhere.includes(ip))
  );
}

function complain(draft: Draft, path: Path, twin: Path, { host, protocol }: PortRequest): void {
  const which = protocol === 'udp' ? `${host}/udp` : String(host);
  const message = `Port ${which} of the host is asked for twice: by ${draft.quoted(twin)} and by ${draft.quoted(path)}.`;
  draft.error(
    'port-twice',
    path,
    message,
    'Remove one, or give it another port in front of the colon.',
  );
}
