import { describe, expect, it } from 'vitest';
import {
  planPrune,
  type PruneContainer,
  type PruneImage,
  type PruneWorld,
} from '../../cli/src/plan/prune.ts';

const now = Date.UTC(2026, 0, 1);

describe('planPrune', () => {
  it('finds nothing in an empty world', () => {
    expect(plan({})).toEqual([]);
  });

  it('takes workspaces whose folder is gone, then their volumes, then their folders', () => {
    const world: Partial<PruneWorld> = {
      goneRoots: ['/gone'],
      containers: [workspace('one', '/gone'), workspace('two', '/here')],
      volumes: [
        volume('devenv-one-home', 'one', '/gone'),
        volume('devenv-two-home', 'two', '/here'),
      ],
      workspaceFolders: [
        { path: '/state/workspaces/one', workspace: 'one', bytes: 5 },
        { path: '/state/workspaces/two', workspace: 'two', bytes: 5 },
        { path: '/state/workspaces/other', workspace: 'other', bytes: 5 },
      ],
    };
    expect(plan(world)).toEqual([
      'container devenv-me-one: /gone is gone',
      'volume devenv-one-home: /gone is gone',
      'folder /state/workspaces/one: its workspace is gone',
    ]);
  });

  it('takes volumes also where "down" has removed the container before', () => {
    const volumes = [volume('devenv-one-home', 'one', '/gone')];
    expect(plan({ goneRoots: ['/gone'], volumes })).toEqual([
      'volume devenv-one-home: /gone is gone',
    ]);
  });

  it('says when a workspace is running although its folder is gone', () => {
    const containers = [{ ...workspace('one', '/gone'), state: 'running' }];
    expect(plan({ goneRoots: ['/gone'], containers })).toEqual([
      'container devenv-me-one: /gone is gone, although it is running',
    ]);
  });

  it.each<[string, Partial<PruneWorld>]>([
    ["other people's workspaces", { containers: [workspace('one', '/gone', '2000')] }],
    ["other people's volumes", { volumes: [volume('devenv-one-home', 'one', '/gone', '2000')] }],
    ['containers that only look like ours', { containers: [container('devenv-me-x')] }],
    [
      'containers of an image that was committed from a workspace',
      { containers: [{ ...workspace('one', '/gone'), name: 'mine' }] },
    ],
    [
      "the person's home for all projects",
      { volumes: [volume('devenv-uid1000-home', 'one', '/gone')] },
    ],
    ['volumes without labels', { volumes: [{ name: 'data', labels: {}, bytes: 1 }] }],
  ])('leaves %s', (_, world) => {
    expect(plan({ goneRoots: ['/gone'], ...world })).toEqual([]);
  });

  it('takes images of devenv that no container uses', () => {
    const images = [
      image('a', ['devenv/shop:0123']),
      image('sha256:0123456789abcdef', []),
      image('used', ['devenv/shop:4567']),
      image('current', ['devenv/shop:89ab'], { 'devenv.inputs': 'hash' }),
    ];
    const containers = [
      { ...container('anybody'), imageId: 'used' },
      { ...container('next'), labels: { 'devenv.image': 'hash' } },
    ];
    expect(plan({ images, containers })).toEqual([
      'image devenv/shop:0123: no container uses it, built on debian',
      'image 0123456789ab: no container uses it, built on debian',
    ]);
  });

  it('takes shared images that no container uses, which do not say whose they are', () => {
    const shared = (id: string, references: string[]) =>
      image(id, references, { 'devenv.inputs': '0123456789abcdef' });
    const images = [
      shared('free', ['registry.example.com/team/shop:0123456789ab']),
      shared('used', ['registry.example.com/team/shop:0123456789ab']),
      shared('built-on-it', ['registry.example.com/team/shop:latest']),
      shared('named', ['registry.example.com/team/shop:0123456789ab', 'mine:1']),
    ];
    const others = { ...workspace('two', '/home/bob', '2000'), imageId: 'used' };
    expect(planPrune({ ...nothing, images, containers: [others] }).map(({ id }) => id)).toEqual([
      'free',
    ]);
  });

  it('takes the image of a workspace that goes', () => {
    const containers = [{ ...workspace('one', '/gone'), imageId: 'a' }];
    const images = [image('a', ['devenv/shop:0123'])];
    expect(plan({ goneRoots: ['/gone'], containers, images })).toEqual([
      'container devenv-me-one: /gone is gone',
      'image devenv/shop:0123: no container uses it, built on debian',
    ]);
  });

  it.each<[string, PruneImage]>([
    ['that devenv did not build', { id: 'x', references: ['debian:1'], labels: {}, bytes: 1 }],
    ['that somebody gave a name', image('x', ['devenv/shop:1', 'mine:1'])],
    [
      'that are known to be of somebody else',
      image('x', ['devenv/shop:1'], { 'devenv.uid': '2000' }),
    ],
  ])('leaves images %s', (_, kept) => {
    expect(plan({ images: [kept] })).toEqual([]);
  });

  it('takes probes that were left behind, not those at work', () => {
    const containers = [
      { ...container('old'), labels: { 'devenv.probe': String(now - 11 * 60_000) } },
      { ...container('new'), labels: { 'devenv.probe': String(now - 9 * 60_000) } },
    ];
    expect(plan({ containers })).toEqual(['container old: an interrupted run left it behind']);
  });

  it('takes what was remembered of images that are gone', () => {
    const imageFiles = ['a', 'b'].map((id) => ({ path: `/cache/${id}`, imageId: id, bytes: 1 }));
    const images = [{ id: 'a', references: ['debian:1'], labels: {}, bytes: 1 }];
    expect(plan({ imageFiles, images })).toEqual(['folder /cache/b: its image is gone']);
  });

  it('takes what was read of contexts that are gone, and accounts that nobody asks for', () => {
    const day = 24 * 60 * 60 * 1000;
    const goneContextFiles = [{ path: '/cache/context', bytes: 1 }];
    const accountFiles = [
      { path: '/cache/fresh', usedAt: now - 89 * day, bytes: 1 },
      { path: '/cache/stale', usedAt: now - 91 * day, bytes: 1 },
    ];
    expect(plan({ goneContextFiles, accountFiles })).toEqual([
      'folder /cache/context: its build context is gone',
      'folder /cache/stale: not used for 90 days',
    ]);
  });
});

const nothing: PruneWorld = {
  uid: 1000,
  now,
  containers: [],
  volumes: [],
  images: [],
  goneRoots: [],
  workspaceFolders: [],
  imageFiles: [],
  goneContextFiles: [],
  accountFiles: [],
};

function plan(world: Partial<PruneWorld>): string[] {
  const items = planPrune({ ...nothing, ...world });
  return items.map(({ kind, name, reason }) => `${kind} ${name}: ${reason}`);
}

function container(name: string): PruneContainer {
  return { id: name, name, state: 'exited', imageId: '', labels: {}, bytes: 1 };
}

function workspace(id: string, root: string, uid = '1000'): PruneContainer {
  return { ...container(`devenv-me-${id}`), labels: owned(id, root, uid) };
}

function volume(
  name: string,
  id: string,
  root: string,
  uid = '1000',
): PruneWorld['volumes'][number] {
  return { name, labels: owned(id, root, uid), bytes: 1 };
}

function owned(id: string, root: string, uid: string): Record<string, string> {
  return { 'devenv.id': id, 'devenv.uid': uid, 'devenv.root': root };
}

function image(id: string, references: string[], labels: Record<string, string> = {}): PruneImage {
  return {
    id,
    references,
    labels: { 'devenv.built': '1', 'devenv.base': 'debian', ...labels },
    bytes: 1,
  };
}
