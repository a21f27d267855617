import { describe, expect, it } from 'vitest';
import type { Confinement } from '../../cli/src/config/config.ts';
import { confinedKey, subnetsFor } from '../../cli/src/plan/confine.ts';
import { describePlan } from '../../cli/src/plan/describe.ts';
import { firewallRules } from '../../cli/src/plan/firewall.ts';
import type { Intent } from '../../cli/src/plan/plan.ts';
import { planEntry, planWorkspace } from '../../cli/src/plan/planner.ts';
import { aConfig, aContainer, aWorld, installation } from './fixtures.ts';

const name = 'devenv-ann-shop-5acb334c';
const confinement: Confinement = {
  network: 'isolated',
  pool: '10.214.0.0/16',
  deny: ['169.254.0.0/16'],
  hostPorts: [],
  logBytes: 10_000_000,
  diskBytes: undefined,
};
const enter: Intent = { kind: 'enter', hooks: true };
const hooks = { create: { kind: 'shell' as const, script: 'make' } };
const config = aConfig({ confinement, home: 'none', hooks });

function steps(world: Parameters<typeof aWorld>[0], intent = enter): string[] {
  const plan = planWorkspace(config, aWorld(world), intent, installation);
  return describePlan(plan).map((line) => line.replaceAll(name, 'IT').split(':')[0]!);
}

describe('a confined workspace', () => {
  it('gets a network of its own, and is confined before anything runs in it', () => {
    expect(steps({})).toEqual([
      'create network devenv-5acb334c-net',
      'create container IT',
      'prepare container IT',
      'start container IT',
      'confine container IT',
      'run create hook',
    ]);
  });

  it('is ended and taken away where it cannot be confined', () => {
    const plan = planWorkspace(config, aWorld(), enter, installation);
    const [, create, , start, confine] = plan.steps;
    expect(create?.undo).toMatchObject([{ do: 'remove-container' }]);
    expect(start).toMatchObject({ undo: [{ do: 'stop-container', timeout: 0 }] });
    expect(start?.settles).toBeUndefined();
    expect(confine?.settles).toBe(true);
  });

  it('is confined again at each start, and where a start was left unconfined', () => {
    const container = aContainer(config);
    const hooksDone = [{ containerId: 'c1', create: '1f1e0b8c1c7f3a10' }];
    const world = { container, networks: ['devenv-5acb334c-net'], hooksDone };
    expect(steps({ ...world, container: { ...container, state: 'exited' } }).slice(0, 2)).toEqual([
      'start container IT',
      'confine container IT',
    ]);
    expect(steps(world)[0]).toBe('confine container IT');
    const confined = [confinedKey('c1', container.startedAt)];
    expect(steps({ ...world, confined })).not.toContain('confine container IT');
    expect(steps({ ...world, confined: [confinedKey('c1', 'earlier')] })[0]).toBe(
      'confine container IT',
    );
  });

  it('is ready only when it is confined', () => {
    const plain = aConfig({ confinement });
    const glance = aWorld({ container: aContainer(plain) });
    expect(planEntry(plain, glance).ready).toBe(false);
    const confined = [confinedKey('c1', glance.container?.startedAt)];
    expect(planEntry(plain, { ...glance, confined }).ready).toBe(true);
  });

  it('is made with the limits and in the network of the policy', () => {
    const spec = (changes: Partial<Confinement>) => {
      const confined = aConfig({ confinement: { ...confinement, ...changes } });
      const plan = planWorkspace(confined, aWorld(), enter, installation);
      return plan.steps.find((step) => step.do === 'create-container')?.spec;
    };
    expect(spec({})).toMatchObject({
      network: { mode: 'devenv-5acb334c-net' },
      limits: { logBytes: 10_000_000 },
    });
    expect(spec({ network: 'none' })?.network.mode).toBe('none');
  });

  it('has the network taken away with it', () => {
    const world = { container: aContainer(config), networks: ['devenv-5acb334c-net'] };
    expect(steps(world, { kind: 'down', volumes: false })).toEqual([
      'stop container IT',
      'remove container IT',
      'remove network devenv-5acb334c-net',
    ]);
  });
});

it('networks lie in the pool, one behind the other from a place that the id gives', () => {
  const subnets = subnetsFor('5acb334c', '10.214.0.0/24');
  expect(subnets).toHaveLength(16);
  expect(new Set(subnets).size).toBe(16);
  expect(subnets.every((subnet) => /^10\.214\.0\.\d+\/28$/.test(subnet))).toBe(true);
  expect(subnetsFor('a', '10.214.0.0/16')).toHaveLength(64);
  expect(subnetsFor('a', '10.214.0.0/16')[0]).not.toBe(subnetsFor('b', '10.214.0.0/16')[0]);
});

it('the rules answer what comes in and keep from the host, other workspaces and what is denied', () => {
  const rules = firewallRules(
    { ...confinement, hostPorts: [5432] },
    ['127.0.0.1', '192.0.2.7', '10.214.3.1'],
    ['192.0.2.53'],
  );
  expect(rules.split('\n')).toEqual([
    '*filter',
    ':OUTPUT ACCEPT',
    '-A OUTPUT -o lo -j ACCEPT',
    '-A OUTPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
    '-A OUTPUT -d 192.0.2.53 -p udp --dport 53 -j ACCEPT',
    '-A OUTPUT -d 192.0.2.53 -p tcp --dport 53 -j ACCEPT',
    '-A OUTPUT -d 192.0.2.7 -p tcp --dport 5432 -j ACCEPT',
    '-A OUTPUT -d 10.214.3.1 -p tcp --dport 5432 -j ACCEPT',
    '-A OUTPUT -d 192.0.2.7 -j REJECT',
    '-A OUTPUT -d 10.214.3.1 -j REJECT',
    '-A OUTPUT -d 10.214.0.0/16 -j REJECT',
    '-A OUTPUT -d 169.254.0.0/16 -j REJECT',
    'COMMIT',
    '',
  ]);
});
