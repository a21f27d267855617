import { describe, expect, it } from 'vitest';
import type { Config } from '../../cli/src/config/config.ts';
import { describePlan } from '../../cli/src/plan/describe.ts';
import { canBePrebuilt } from '../../cli/src/plan/image.ts';
import type { Intent } from '../../cli/src/plan/plan.ts';
import { planAfterImage, planWorkspace } from '../../cli/src/plan/planner.ts';
import type { World } from '../../cli/src/plan/world.ts';
import { aConfig, aContainer, anImage, aWorld, installation } from './fixtures.ts';
import { buildSource } from '../support/build-source.ts';

const registry = 'registry.example.com/team/shop';
const reference = `${registry}:0123456789ab`;
const up: Intent = { kind: 'up' };
const rebuild: Intent = { kind: 'rebuild', noCache: false, pull: false };
const build = { kind: 'build', noCache: false, pull: false, push: false } as const;
const found = { found: true, problem: undefined };
const absent = { found: false, problem: undefined };
const unknown = { found: false, problem: 'The registry sleeps.' };
const shared = building(registry);
const local = building(undefined);
const pulls = `pull image ${reference}: somebody has built it from the same inputs`;

describe('an image with build.registry', () => {
  it.each([
    ['up', up],
    ['rebuild', rebuild],
    ['a session', { kind: 'enter', hooks: true }],
  ] as [string, Intent][])('is pulled where the registry has it: %s', (_, intent) => {
    expect(steps(missing(found), intent)[0]).toBe(pulls);
  });

  it('is built where the registry has not, under the name that others will look for', () => {
    expect(steps(missing(absent), up)[0]).toBe(`build image ${registry}: it is not built yet`);
  });

  it('is built where the registry does not answer, which is said', () => {
    const { notices, steps } = plan(missing(unknown), up);
    expect(steps[0]?.do).toBe('build-image');
    expect(notices).toEqual([
      'It is built here, as nobody can say whether somebody has: The registry sleeps.',
    ]);
  });

  it('is built by a rebuild where it is here, as without a registry', () => {
    const world = here();
    expect(steps(world, rebuild)[0]).toBe(`build image ${registry}: asked for`);
    expect(canBePrebuilt(shared, world, rebuild)).toBe(false);
  });

  it.each<[string, boolean, World, Intent]>([
    ['up without the image', true, missing(), up],
    ['up with the image', false, here(), up],
    ['rebuild without the image', true, missing(), rebuild],
    ['rebuild --no-cache', false, missing(), { ...rebuild, noCache: true }],
    ['build --pull', false, missing(), { ...build, pull: true }],
    ['stop', false, missing(), { kind: 'stop' }],
    ['a session in a workspace that stands', false, stale(), { kind: 'enter', hooks: true }],
  ])('is looked for only where that saves a build: %s is %s', (_, expected, world, intent) => {
    expect(canBePrebuilt(shared, world, intent)).toBe(expected);
    expect(canBePrebuilt(local, world, intent)).toBe(false);
  });
});

describe('--frozen', () => {
  it('changes nothing where the image is here or in the registry', () => {
    expect(steps(here(), { ...up, frozen: true })[0]).toMatch(/^create container/);
    expect(steps(here(), { ...build, frozen: true })).toEqual([]);
    expect(steps(missing(found), { ...up, frozen: true })[0]).toBe(pulls);
  });

  it('makes a rebuild take the image that is here', () => {
    expect(steps(here(), { ...rebuild, frozen: true })[0]).toMatch(/^create container/);
  });

  it.each([
    ['the registry has not', missing(absent), `The registry has no image ${reference}`, /--push/],
    [
      'nobody can ask',
      missing(unknown),
      `Nobody can say whether the registry has ${reference}`,
      /run the same/,
    ],
  ])('fails rather than builds where %s', (_, world, message, hint) => {
    for (const intent of [up, rebuild, build]) {
      expect(failure(shared, world, { ...intent, frozen: true })).toMatchObject({
        code: 'build_failed',
        message: expect.stringContaining(message) as string,
        hint: expect.stringMatching(hint) as string,
      });
    }
  });

  it('says what has changed, or why nobody can ask', () => {
    const changed = { ...stale(), prebuilt: absent };
    expect(failure(shared, changed, { ...up, frozen: true }).details).toEqual([
      'Since the workspace was made: what the Dockerfile copies or stands on changed.',
    ]);
    expect(failure(shared, missing(unknown), { ...up, frozen: true }).details).toEqual([
      'The registry sleeps.',
    ]);
  });

  it('forbids to build what no registry shares either', () => {
    expect(failure(local, missing(), { ...up, frozen: true })).toMatchObject({
      code: 'build_failed',
      hint: expect.stringContaining('build.registry') as string,
    });
  });

  it('does not go with what asks for a build', () => {
    for (const more of [{ noCache: true }, { pull: true }]) {
      const intent = { ...rebuild, ...more, frozen: true };
      expect(failure(shared, here(), intent).code).toBe('usage');
    }
  });
});

describe('devenv build', () => {
  it('makes the image and leaves the workspace alone', () => {
    expect(steps(missing(absent), build)).toEqual([`build image ${registry}: it is not built yet`]);
    expect(steps(missing(found), build)).toEqual([pulls]);
    expect(steps(here(), build)).toEqual([]);
    expect(steps(here(), { ...build, noCache: true })).toEqual([
      `build image ${registry}: asked for`,
    ]);
  });

  it('pushes last of all, under the name that the build came to', () => {
    const push = { ...build, push: true };
    const pushes = `push image ${reference}: asked for with --push`;
    expect(steps(missing(absent), push)[1]).toBe(pushes);
    expect(steps(here(), push)).toEqual([pushes]);
    const after = planAfterImage(shared, here(), push, installation);
    expect(describePlan(after)).toEqual([pushes]);
    expect(planAfterImage(shared, here(), build, installation).steps).toEqual([]);
  });

  it('needs neither image nor push where somebody has pushed it', () => {
    const { steps, notices } = plan(missing(found), { ...build, push: true });
    expect(steps).toEqual([]);
    expect(notices).toEqual([`The registry has ${reference} already.`]);
  });

  it('says that it has nowhere to push to', () => {
    for (const config of [local, aConfig()]) {
      expect(failure(config, here(), { ...build, push: true })).toMatchObject({
        code: 'config_invalid',
        hint: expect.stringContaining('registry') as string,
      });
    }
  });

  it('pulls the image of a file that builds none', () => {
    const steps = (world: World, intent: Intent) =>
      describePlan(planWorkspace(aConfig(), world, intent, installation));
    expect(steps(missing(), build)).toEqual(['pull image debian: it is not on this engine yet']);
    expect(steps(here(), build)).toEqual([]);
  });
});

function building(registry: string | undefined): Config {
  return aConfig({
    home: 'none',
    image: buildSource('/home/ann/shop', { registry }),
  });
}

function here(): World {
  return aWorld({ image: anImage(), imageInputs: '0123456789abcdef' });
}

function missing(prebuilt?: World['prebuilt']): World {
  return { ...here(), image: undefined, prebuilt };
}

function stale(): World {
  return { ...missing(), container: aContainer(building(registry)) };
}

function plan(world: World, intent: Intent) {
  return planWorkspace(shared, world, intent, installation);
}

function steps(world: World, intent: Intent): string[] {
  return describePlan(plan(world, intent));
}

function failure(config: Config, world: World, intent: Intent) {
  try {
    planWorkspace(config, world, intent, installation);
  } catch (error) {
    return error as { code: string; message: string; hint: string; details: string[] };
  }
  throw new Error('it was planned');
}
