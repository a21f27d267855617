import { createHash } from 'node:crypto';

/** 10.200.0.0/16 … 10.255.0.0/16, away from what routers and clouds like to use. */
const firstOctet = 200;
const choices = 56;

/**
 * The first two numbers of a /16 for an engine, `10.213`: by the hash of `key`, so that engines
 * differ, and not among the routes of this machine. `routes` is the text of /proc/net/route.
 */
export function chooseSubnet(key: string, routes: string): string {
  const taken = parseRoutes(routes);
  const start = createHash('sha256').update(key).digest().readUInt32BE(0);
  const candidates = Array.from(
    { length: choices },
    (_, i) => firstOctet + ((start + i) % choices),
  );
  const free = candidates.find((octet) => !taken.some((route) => overlaps(octet, route)));
  return `10.${free ?? candidates[0]}`;
}

interface Route {
  /** As 32-bit numbers, first octet highest. */
  destination: number;
  mask: number;
}

/** Every route but the default one. */
function parseRoutes(text: string): Route[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s+/))
    .filter((fields) => fields.length > 7)
    .map((fields) => ({ destination: littleEndian(fields[1]), mask: littleEndian(fields[7]) }))
    .filter(({ mask }) => mask !== 0);
}

function overlaps(octet: number, { destination, mask }: Route): boolean {
  const subnet = ((10 << 24) | (octet << 16)) >>> 0;
  const common = (mask & 0xffff0000) >>> 0;
  return (subnet & common) >>> 0 === (destination & common) >>> 0;
}

/** The kernel prints addresses as the number that their bytes are on this machine. */
function littleEndian(hex = '0'): number {
  return Buffer.from(hex.padStart(8, '0'), 'hex').readUInt32LE(0);
}
