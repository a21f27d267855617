import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cacheVolume, identify } from '../../cli/src/plan/identity.ts';
import { aConfig } from './fixtures.ts';

const { project } = aConfig();
const ann = { uid: 1000, name: 'ann' };

describe('identity', () => {
  it('differs between people, folders and environments', () => {
    const ids = [
      identify(project, ann),
      identify(project, { ...ann, uid: 1001 }),
      identify({ ...project, root: '/home/ann/shop2' }, ann),
      identify({ ...project, environment: 'test' }, ann),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
  });

  it('keeps apart names that look alike once joined', () => {
    const one = identify({ ...project, name: 'b-c' }, { uid: 1, name: 'a' });
    const other = identify({ ...project, name: 'c' }, { uid: 2, name: 'a-b' });
    expect(one.containerName).not.toBe(other.containerName);
  });

  it('always gives names that an engine accepts', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (name, user, path) => {
        const { containerName } = identify({ ...project, name }, { uid: 1, name: user });
        expect(containerName).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
        expect(cacheVolume('5acb334c', path)).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
      }),
    );
  });

  it('gives caches whose slugs are alike different volumes', () => {
    expect(cacheVolume('5acb334c', '~/.npm')).not.toBe(cacheVolume('5acb334c', 'npm'));
  });
});
