import { describe, expect, it } from 'vitest';
import { hostReach } from '../../cli/src/plan/host-reach.ts';
import { aConfig } from './fixtures.ts';
import { buildSource } from '../support/build-source.ts';

const same = (path: string): string => path;
const mount = { type: 'bind', target: '/x', readOnly: false } as const;

describe('what a project wants of the host', () => {
  it('is nothing for the usual file', () => {
    const config = aConfig({
      mounts: [
        { ...mount, source: '/home/ann/shop/data' },
        { ...mount, type: 'volume', source: 'data' },
        { ...mount, type: 'tmpfs', source: '' },
      ],
      secrets: { A: { from: 'file', path: '/home/ann/shop/.token' } },
    });
    expect(hostReach(config, same)).toEqual([]);
  });

  it('names folders, volumes and secrets from elsewhere', () => {
    const config = aConfig({
      home: 'host',
      mounts: [
        { ...mount, source: '/etc', readOnly: true },
        { ...mount, source: '/home/ann/shopping' },
        { ...mount, type: 'volume', source: 'devenv-12345678-home' },
      ],
      secrets: {
        A: { from: 'environment', name: 'TOKEN' },
        B: { from: 'file', path: '/home/ann/.ssh/id' },
      },
    });
    expect(hostReach(config, same)).toEqual([
      'your home folder',
      '/etc, to read',
      '/home/ann/shopping',
      'the volume devenv-12345678-home',
      'your variable TOKEN, as A',
      '/home/ann/.ssh/id, as B',
    ]);
  });

  it('follows links out of the project', () => {
    const config = aConfig({ mounts: [{ ...mount, source: '/home/ann/shop/data' }] });
    const linked = (path: string): string => (path.endsWith('/data') ? '/etc' : path);
    expect(hostReach(config, linked)).toEqual(['/home/ann/shop/data']);
  });

  it('names rights and what an image is built from', () => {
    const config = aConfig({
      image: buildSource('/home/ann', { dockerfile: '/home/ann/shop/Dockerfile' }),
      security: {
        ...aConfig().security,
        privileged: true,
        devices: [{ host: '/dev/kvm', container: '/dev/kvm', permissions: 'rwm' }],
        capAdd: ['SYS_ADMIN'],
        securityOpt: ['no-new-privileges', 'seccomp=unconfined'],
      },
      network: { ...aConfig().network, mode: 'host' },
    });
    expect(hostReach(config, same)).toEqual([
      '/home/ann, to build from',
      'every right that root has on this host (privileged)',
      'the device /dev/kvm',
      'the capability SYS_ADMIN',
      'the security option seccomp=unconfined',
      'the network of this host',
    ]);
  });
});
