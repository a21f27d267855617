import { readdir, readFile, readlink } from 'node:fs/promises';
import type { PortRequest } from '../../config/config.ts';
import type { PublishedPort, TakenPort } from '../../plan/world.ts';
import type { ContainerInspection, ContainerListing } from '../docker/answers.ts';

/** The host ports that a container publishes or, while it is stopped, will publish. */
export function publishedPorts(inspection: ContainerInspection): PublishedPort[] {
  const running = inspection.NetworkSettings.Ports ?? {};
  const bindings = Object.values(running).some((list) => (list ?? []).length > 0)
    ? running
    : (inspection.HostConfig.PortBindings ?? {});
  return Object.entries(bindings).flatMap(([key, list]) => {
    const [container, protocol] = key.split('/');
    return (list ?? []).map(({ HostIp, HostPort }) => ({
      container: Number(container),
      protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const),
      hostIp: HostIp,
      host: Number(HostPort),
    }));
  });
}

/** The host ports that other containers publish. */
export function portsOfContainers(
  containers: ContainerListing[],
  ownId: string | undefined,
): TakenPort[] {
  return containers
    .filter((container) => container.Id !== ownId)
    .flatMap((container) =>
      container.Ports.filter((port) => port.PublicPort !== undefined).map((port) => ({
        port: port.PublicPort ?? 0,
        protocol: port.Type === 'udp' ? ('udp' as const) : ('tcp' as const),
        hostIp: port.IP ?? '',
        holder: `the container ${container.Names[0]?.replace(/^\//, '') ?? container.Id.slice(0, 12)}`,
      })),
    );
}

/**
 * The ports that programs of this host listen on, from /proc/net (proc(5)). Where there is no
 * /proc the list is empty, and the engine's own refusal is what reports a clash.
 */
export async function listeningPorts(requests: PortRequest[]): Promise<TakenPort[]> {
  if (requests.length === 0 || process.platform !== 'linux') return [];
  const tables = await Promise.all([
    readSockets('/proc/net/tcp', 'tcp'),
    readSockets('/proc/net/tcp6', 'tcp'),
    readSockets('/proc/net/udp', 'udp'),
    readSockets('/proc/net/udp6', 'udp'),
  ]);
  const sockets = tables.flat();
  const wanted = sockets.filter(({ port }) => requests.some((request) => request.host === port));
  const names = await holders(new Set(wanted.map(({ inode }) => inode)));
  return sockets.map(({ port, protocol, hostIp, inode }) => ({
    port,
    protocol,
    hostIp,
    holder: names.get(inode) ?? 'another program on this host',
  }));
}

interface Socket {
  port: number;
  protocol: 'tcp' | 'udp';
  hostIp: string;
  inode: string;
}

/** TCP sockets count while they listen (state 0A), UDP sockets while they are bound (07). */
async function readSockets(path: string, protocol: 'tcp' | 'udp'): Promise<Socket[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const state = protocol === 'tcp' ? '0A' : '07';
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === state)
    .map((fields) => {
      const [address = '', port = '0'] = (fields[1] ?? '').split(':');
      return {
        port: parseInt(port, 16),
        protocol,
        hostIp: readAddress(address),
        inode: fields[9] ?? '',
      };
    });
}

/** IPv4 addresses stand in /proc/net as little-endian hex. IPv6 ones count as "any". */
function readAddress(hex: string): string {
  if (hex.length !== 8) return /^0+$/.test(hex) ? '::' : '';
  const bytes = hex.match(/../g) ?? [];
  return bytes
    .reverse()
    .map((byte) => parseInt(byte, 16))
    .join('.');
}

/** Names the processes that hold the sockets, as far as the caller may look into them. */
async function holders(inodes: Set<string>): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  if (inodes.size === 0) return names;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  await Promise.all(
    pids.map(async (pid) => {
      const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
      for (const file of files) {
        const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
        const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
        if (inode === undefined || !inodes.has(inode)) continue;
        const command = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
        names.set(inode, `${command || 'a process'} (pid ${pid})`);
      }
    }),
  );
  return names;
}
