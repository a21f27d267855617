import { describe, expect, it } from 'vitest';
import { chooseSubnet } from '../../../cli/src/engine/private-engine/subnet.ts';

const header =
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
const defaultRoute = 'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0';

describe('chooseSubnet', () => {
  it('gives the same range for the same engine, and differs between engines', () => {
    const routes = [header, defaultRoute].join('\n');
    expect(chooseSubnet('/a', routes)).toBe(chooseSubnet('/a', routes));
    const chosen = Array.from({ length: 20 }, (_, i) => chooseSubnet(`/${i}`, routes));
    expect(new Set(chosen).size).toBeGreaterThan(10);
  });

  it.each([
    ['that range itself', 16],
    ['a part of it', 24],
  ])('avoids a route to %s', (_, bits) => {
    const first = chooseSubnet('/a', header);
    const routes = [header, defaultRoute, route(`${first}.0.0`, bits)].join('\n');
    const second = chooseSubnet('/a', routes);
    expect(second).not.toBe(first);
    expect(second).toMatch(/^10\.2\d\d$/);
  });

  it('takes one that is taken rather than none, where all of 10.0.0.0/8 is routed', () => {
    expect(chooseSubnet('/a', [header, route('10.0.0.0', 8)].join('\n'))).toMatch(/^10\.2\d\d$/);
  });
});

/** A line of /proc/net/route, whose numbers are little-endian. */
function route(address: string, bits: number): string {
  const octets = address.split('.').map(Number);
  const mask = [0, 1, 2, 3].map(
    (i) => (256 - 2 ** (8 - Math.min(8, Math.max(0, bits - i * 8)))) & 255,
  );
  return `tun0\t${hex(octets)}\t00000000\t0001\t0\t0\t0\t${hex(mask)}\t0\t0\t0`;
}

function hex(octets: number[]): string {
  return Buffer.from(octets.toReversed()).toString('hex').toUpperCase();
}
