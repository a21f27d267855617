import { describe, expect, it } from 'vitest';
import type { Config } from '../../cli/src/config/config.ts';
import { changedSections, hashSettings } from '../../cli/src/plan/settings.ts';
import { aConfig, aWorld } from './fixtures.ts';

const { caller, source } = aWorld();
const hash = (changes: Partial<Config>) => hashSettings(aConfig(changes), caller, source);

describe('the hash of the settings', () => {
  it.each<[string, Partial<Config>]>([
    ['environment', { environment: { A: '1' } }],
    ['caches', { caches: ['~/.npm'] }],
    ['image', { image: { kind: 'image', reference: 'alpine' } }],
    ['init', { init: 'image' }],
    ['user', { user: 'root' }],
  ])('changes with the section %s, and names it', (section, changes) => {
    expect(hash(changes).hash).not.toBe(hash({}).hash);
    expect(changedSections(hash(changes).sections, hash({}).sections)).toEqual([section]);
  });

  it.each<[string, Partial<Config>]>([
    ['tasks', { tasks: { test: { kind: 'shell', script: 'make' } } }],
    ['hooks', { hooks: { create: { kind: 'shell', script: 'make' } } }],
    ['secrets', { secrets: { TOKEN: { from: 'environment', name: 'TOKEN' } } }],
  ])('does not change with %s, which act on the next session', (_name, changes) => {
    expect(hash(changes).hash).toBe(hash({}).hash);
  });

  it('has a section for what a policy adds, and only where one does', () => {
    expect(hash({}).sections).not.toHaveProperty('confinement');
    const confined = hash({
      confinement: {
        network: 'none',
        pool: '10.214.0.0/16',
        deny: [],
        hostPorts: [],
        logBytes: 1,
        diskBytes: undefined,
      },
    });
    expect(changedSections(confined.sections, hash({}).sections)).toEqual(['confinement']);
  });

  it('does not depend on the order of keys', () => {
    const one = hash({ environment: { A: '1', B: '2' } });
    expect(hash({ environment: { B: '2', A: '1' } }).hash).toBe(one.hash);
  });

  it('holds nothing of an environment value in its sections', () => {
    expect(JSON.stringify(hash({ environment: { A: 'hunter2' } }))).not.toContain('hunter2');
  });
});
