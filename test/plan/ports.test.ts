import { describe, expect, it } from 'vitest';
import { choosePorts } from '../../cli/src/plan/ports.ts';
import type { PortRequest } from '../../cli/src/config/config.ts';
import type { TakenPort } from '../../cli/src/plan/world.ts';

const request = (host: number, changes: Partial<PortRequest> = {}): PortRequest => ({
  container: host,
  protocol: 'tcp',
  hostIp: '127.0.0.1',
  host,
  exact: false,
  ...changes,
});

const taken = (port: number, changes: Partial<TakenPort> = {}): TakenPort => ({
  port,
  protocol: 'tcp',
  hostIp: '127.0.0.1',
  holder: `holder of ${port}`,
  ...changes,
});

describe('choosing host ports', () => {
  it.each<[string, PortRequest[], TakenPort[], number[]]>([
    ['the one asked for when it is free', [request(3000)], [taken(3001)], [3000]],
    ['the next free one when it is taken', [request(3000)], [taken(3000), taken(3001)], [3002]],
    ['different ones for requests that meet', [request(3000), request(3000)], [], [3000, 3001]],
    ['the same one for another protocol', [request(53)], [taken(53, { protocol: 'udp' })], [53]],
    ['the same one on another address', [request(80)], [taken(80, { hostIp: '10.0.0.1' })], [80]],
    ['the next one after "any address"', [request(80)], [taken(80, { hostIp: '0.0.0.0' })], [81]],
    ['the next one after IPv6 "any"', [request(80)], [taken(80, { hostIp: '::' })], [81]],
  ])('takes %s', (_title, requests, takenPorts, hosts) => {
    expect(choosePorts(requests, takenPorts, []).ports.map(({ host }) => host)).toEqual(hosts);
  });

  it('says which port it took instead, and because of whom', () => {
    expect(choosePorts([request(3000)], [taken(3000)], []).notices).toEqual([
      'Port 3000 is taken by holder of 3000; using 3001 instead.',
    ]);
  });

  it('keeps the port that the workspace had, so that a bookmark goes on working', () => {
    const before = [{ container: 3000, protocol: 'tcp' as const, hostIp: '127.0.0.1', host: 3007 }];
    expect(choosePorts([request(3000)], [taken(3000)], before).ports[0]?.host).toBe(3007);
    expect(choosePorts([request(3000)], [taken(3000), taken(3007)], before).ports[0]?.host).toBe(
      3001,
    );
  });

  it('never moves an exact port, and names who holds it', () => {
    const exact = request(8080, { container: 80, exact: true });
    expect(() => choosePorts([exact], [taken(8080)], [])).toThrow(
      'Port 8080 is already taken by holder of 8080.',
    );
  });

  it('gives up at the last port there is', () => {
    expect(() => choosePorts([request(65_535)], [taken(65_535)], [])).toThrow(/65535/);
  });
});
