import { describe, expect, it } from 'vitest';
import type { Config } from '../../cli/src/config/config.ts';
import { describePlan } from '../../cli/src/plan/describe.ts';
import type { Intent } from '../../cli/src/plan/plan.ts';
import { planEntry, planWorkspace } from '../../cli/src/plan/planner.ts';
import type { World } from '../../cli/src/plan/world.ts';
import { aConfig, aContainer, anImage, aWorld, installation } from './fixtures.ts';
import { buildSource } from '../support/build-source.ts';

const name = 'devenv-ann-shop-5acb334c';
const enter: Intent = { kind: 'enter', hooks: true };
const up: Intent = { kind: 'up' };
const rebuild: Intent = { kind: 'rebuild', noCache: false, pull: false };
const create = { kind: 'shell' as const, script: 'make' };
const start = { kind: 'shell' as const, script: 'serve' };
const session = { execId: 'e1', command: ['bash'], tty: true };

function plan(config: Config, world: World, intent: Intent) {
  return planWorkspace(config, world, intent, installation);
}

function steps(config: Config, world: World, intent: Intent): string[] {
  return describePlan(plan(config, world, intent)).map((line) => line.replaceAll(name, 'IT'));
}

describe('a workspace that does not exist yet', () => {
  it.each([enter, up])('is created with its home, whatever is asked for ($kind)', (intent) => {
    expect(steps(aConfig(), aWorld(), intent)).toEqual([
      'create volume devenv-5acb334c-home: it keeps /home/ann',
      'create container IT: there is none yet',
      'prepare container IT: who you are, and whose the folders are',
      'start container IT: it is new',
    ]);
  });

  it('gets its image first, and runs its hooks last', () => {
    const config = aConfig({ hooks: { create, start }, home: 'none' });
    expect(steps(config, aWorld({ image: undefined }), up)).toEqual([
      'pull image debian: it is not on this engine yet',
      'create container IT: there is none yet',
      'prepare container IT: who you are, and whose the folders are',
      'start container IT: it is new',
      'run create hook: the container is new',
      'run start hook: once each start',
    ]);
  });

  it('keeps what exists of its volumes', () => {
    const world = aWorld({ volumes: ['devenv-5acb334c-home'] });
    expect(steps(aConfig(), world, up)[0]).toBe('create container IT: there is none yet');
  });

  it('is taken back when it fails before it has started, and stays when a hook fails', () => {
    const { steps } = plan(aConfig({ hooks: { create } }), aWorld(), up);
    const undo = steps.map((step) => [
      step.do,
      step.undo?.map((action) => action.do),
      step.settles,
    ]);
    expect(undo).toEqual([
      ['create-volume', undefined, undefined],
      ['create-container', ['remove-container'], undefined],
      ['write-files', undefined, undefined],
      ['start-container', undefined, true],
      ['run-hook', undefined, undefined],
    ]);
  });

  it('needs no preparing for root, to whom the image and every folder belong already', () => {
    const world = aWorld({
      caller: { uid: 0, gid: 0, name: 'root', home: '/root', platform: 'linux' },
    });
    const kinds = (config: Config) => plan(config, world, up).steps.map((step) => step.do);
    expect(kinds(aConfig({ shell: '/bin/bash' }))).toEqual([
      'create-volume',
      'create-container',
      'start-container',
    ]);
    const { security } = aConfig();
    const withoutRights = aConfig({ security: { ...security, capDrop: ['DAC_OVERRIDE'] } });
    expect(kinds(withoutRights)).toContain('write-files');
    expect(kinds(aConfig({ shell: '/bin/zsh' }))).toContain('write-files');
  });

  it('is refused with an image that has no sleep to keep it up, unless that stays up itself', () => {
    const world = aWorld({ image: anImage({ canSleep: false }) });
    expect(() => plan(aConfig(), world, up)).toThrow('The image debian has no sleep.');
    expect(() => plan(aConfig({ init: 'image' }), world, up)).not.toThrow();
  });

  it('is refused when something else has its name', () => {
    const world = aWorld({ nameHolder: { id: 'x', description: 'a container of nginx' } });
    expect(() => plan(aConfig(), world, up)).toThrow(/taken by a container of nginx/);
  });
});

describe('a running workspace', () => {
  it.each([enter, up])('needs nothing while its file says the same ($kind)', (intent) => {
    const config = aConfig();
    expect(steps(config, aWorld({ container: aContainer(config) }), intent)).toEqual([]);
  });

  it('is not replaced by entering, which says in one line that the file has moved on', () => {
    const world = aWorld({ container: aContainer(aConfig()) });
    const { steps, notices } = plan(aConfig({ environment: { A: '1' } }), world, enter);
    expect(steps).toEqual([]);
    expect(notices).toEqual([
      'The workspace is older than its file (environment changed); "devenv up" brings it up to date.',
    ]);
  });

  it('is replaced by up when its settings changed, the old one last of all', () => {
    const world = aWorld({ container: aContainer(aConfig({ home: 'none' })) });
    expect(steps(aConfig({ home: 'none', environment: { A: '1' } }), world, up)).toEqual([
      'create container IT-next: environment changed',
      'prepare container IT-next: who you are, and whose the folders are',
      'stop container IT: its replacement is ready',
      'rename container IT to IT-previous: its replacement takes the name',
      'rename container IT-next to IT: it is the workspace now',
      'start container IT: it is new',
      'remove container IT-previous: it is replaced',
    ]);
  });

  it('can be brought back from any step of its replacement', () => {
    const config = aConfig({ hooks: { create } });
    const world = aWorld({ container: aContainer(config) });
    const { steps } = plan(config, world, rebuild);
    const undo = steps.flatMap((step) => step.undo ?? []).reverse();
    expect(steps.every((step) => step.settles === undefined)).toBe(true);
    expect(undo.map((action) => action.do)).toEqual([
      'stop-container',
      'rename-container',
      'rename-container',
      'start-container',
      'remove-container',
    ]);
  });

  it('is brought back with its own start hook, in the text that it has run', () => {
    const config = aConfig({ hooks: { create, start: { kind: 'shell', script: 'serve --new' } } });
    const container = aContainer(config);
    const done = { hash: 'h1', startedAt: container.startedAt ?? '', command: start };
    const undoOf = (world: World) =>
      plan(config, world, rebuild).steps.find((step) => step.do === 'stop-container')?.undo;
    const begun = { do: 'start-container', container: name };
    const hooksDone = [{ containerId: 'c1', create: 'h0', start: done }];
    expect(undoOf(aWorld({ container, hooksDone }))).toEqual([
      begun,
      { do: 'run-hook', container: name, hook: 'start', command: start, hash: 'h1' },
    ]);
    // What no note has the text of runs with the next up.
    expect(undoOf(aWorld({ container }))).toEqual([begun]);
    // It has not run since this start.
    const restarted = { ...container, startedAt: '2026-01-02T00:00:00Z' };
    expect(undoOf(aWorld({ container: restarted, hooksDone }))).toEqual([begun]);
    const stopped = { ...container, state: 'exited' as const };
    expect(undoOf(aWorld({ container: stopped, hooksDone }))).toEqual([]);
  });

  it('is replaced by up when the tag means another image now', () => {
    const config = aConfig();
    const world = aWorld({ container: aContainer(config), image: anImage({ id: 'sha256:two' }) });
    expect(steps(config, world, up)[1]).toBe(
      'create container IT-next: debian is another image now',
    );
  });

  it('asks before ending attached sessions', () => {
    const config = aConfig();
    const world = aWorld({ container: aContainer(config, { sessions: [session, session] }) });
    const question = (intent: Intent) => plan(config, world, intent).question;
    expect(question(rebuild)).toBe(
      'Replacing the container (asked for) ends 2 attached sessions. Go on?',
    );
    expect(question({ kind: 'restart' })).toMatch(/^Restarting ends 2/);
    expect(question({ kind: 'stop' })).toMatch(/^Stopping ends 2/);
    expect(question({ kind: 'down', volumes: false })).toMatch(/^Removing the container ends 2/);
    expect(question(up)).toBeUndefined();
  });

  it('asks before what was put into the container by hand is lost, of all that is lost at once', () => {
    const config = aConfig();
    const handmade = { packages: ['cowsay', 'jq'], paths: ['/opt/tool'] };
    const world = aWorld({ container: aContainer(config), handmade });
    const question = (intent: Intent, changes: Partial<World> = {}) =>
      plan(config, { ...world, ...changes }, intent).question;
    const loss = 'loses what was put into it by hand: the packages cowsay, jq; /opt/tool';
    expect(question(rebuild)).toBe(`Replacing the container (asked for) ${loss}. Go on?`);
    const container = aContainer(config, { sessions: [session] });
    expect(question(rebuild, { container })).toBe(
      `Replacing the container (asked for) ends one attached session and ${loss}. Go on?`,
    );
    expect(question({ kind: 'down', volumes: false })).toBe(
      `Removing the container ${loss}. Go on?`,
    );
    expect(
      question({ kind: 'down', volumes: true }, { volumes: ['devenv-5acb334c-home'] }),
    ).toContain(`Removing the container ${loss}. Go on?`);
    expect(question({ kind: 'restart' })).toBeUndefined();
    expect(question({ kind: 'stop' })).toBeUndefined();
    expect(question(up)).toBeUndefined();
  });

  it('names ten of what is lost, and counts the others', () => {
    const config = aConfig();
    const paths = Array.from({ length: 22 }, (_, index) => `/opt/${String(index)}`);
    const handmade = { packages: ['jq'], paths };
    const world = aWorld({ container: aContainer(config), handmade });
    expect(plan(config, world, rebuild).question).toMatch(
      /: the package jq; \/opt\/0, .*\/opt\/9 and 12 more\. Go on\?$/,
    );
  });

  it('says which container goes, so that it can be looked into before', () => {
    const config = aConfig();
    const world = aWorld({ container: aContainer(config) });
    const loses = (intent: Intent, changes = config) => plan(changes, world, intent).loses;
    expect(loses(rebuild)).toBe('c1');
    expect(loses({ kind: 'down', volumes: false })).toBe('c1');
    expect(loses(up, aConfig({ environment: { A: 'b' } }))).toBe('c1');
    expect([up, enter, { kind: 'stop' } as const].map((intent) => loses(intent))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('waits for sessions where it is asked to, between the image and all that is changed', () => {
    const config = aConfig();
    const sessions = [session, { ...session, command: ['bash', '-c', 'x'.repeat(40)] }];
    const volumes = ['devenv-5acb334c-home'];
    const world = aWorld({ volumes, container: aContainer(config, { sessions }) });
    const idle: Intent = { kind: 'rebuild', noCache: false, pull: true, whenIdle: true };
    expect(steps(config, world, idle).slice(0, 3)).toEqual([
      'pull image debian: asked for with --pull',
      expect.stringMatching(
        /^wait for 2 attached sessions to end: .*, bash -c x+…: asked for with --when-idle$/,
      ),
      'create container IT-next: asked for',
    ]);
    expect(plan(config, world, idle).question).toBeUndefined();
    const alone = aWorld({ volumes, container: aContainer(config) });
    expect(steps(config, alone, idle)[1]).toBe('create container IT-next: asked for');
  });
});

describe('hooks', () => {
  const config = aConfig({ hooks: { create, start } });
  const container = aContainer(config);
  const all = plan(config, aWorld(), up).steps.filter((step) => step.do === 'run-hook');
  const [createHash, startHash] = all.map((step) => step.hash);
  const done = {
    containerId: 'c1',
    ...(createHash && { create: createHash }),
    start: { hash: startHash ?? '', startedAt: '2026-01-01T00:00:01Z' },
  };

  it('do not run again once they have succeeded', () => {
    expect(steps(config, aWorld({ container, hooksDone: [done] }), enter)).toEqual([]);
    expect(planEntry(config, aWorld({ container, hooksDone: [done] })).ready).toBe(true);
  });

  it('run again when they have failed, or succeeded in a container that is gone', () => {
    const both = ['run create hook: it has not succeeded yet', 'run start hook: once each start'];
    expect(steps(config, aWorld({ container }), enter)).toEqual(both);
    const other = { ...done, containerId: 'c0' };
    expect(steps(config, aWorld({ container, hooksDone: [other] }), enter)).toEqual(both);
    expect(planEntry(config, aWorld({ container })).ready).toBe(false);
  });

  it('run the start hook, and only it, at each start', () => {
    const stopped = { ...container, state: 'exited' as const };
    expect(steps(config, aWorld({ container: stopped, hooksDone: [done] }), enter)).toEqual([
      'start container IT: it is stopped',
      'run start hook: once each start',
    ]);
    expect(steps(config, aWorld({ container, hooksDone: [done] }), { kind: 'restart' })).toEqual([
      'stop container IT: asked for',
      'start container IT: asked for',
      'run start hook: once each start',
    ]);
  });

  it('run again when their text has changed, at the next up and not on the way in', () => {
    const changed = aConfig({ hooks: { create: { kind: 'shell', script: 'make all' }, start } });
    const inside = aWorld({ container, hooksDone: [done] });
    expect(steps(changed, inside, enter)).toEqual([]);
    expect(planEntry(changed, inside)).toEqual({
      ready: true,
      notices: [expect.stringContaining('create hook changed')],
    });
    expect(plan(changed, inside, enter).notices).toEqual([
      expect.stringContaining('create hook changed'),
    ]);
    expect(steps(changed, aWorld({ container, hooksDone: [done] }), up)).toEqual([
      'run create hook: its text has changed',
    ]);
  });

  it('can be left out on entering', () => {
    expect(steps(config, aWorld({ container }), { kind: 'enter', hooks: false })).toEqual([]);
  });
});

describe('what an interrupted run left', () => {
  const config = aConfig({ home: 'none' });
  const old = aContainer(config, { name: `${name}-previous`, state: 'exited' });
  const next = aContainer(config, { name: `${name}-next`, state: 'created', startedAt: undefined });

  it('gives the name back to a container that was set aside', () => {
    expect(steps(config, aWorld({ leftovers: [old, next] }), enter)).toEqual([
      'rename container IT-previous to IT: an interrupted run had set it aside',
      'remove container IT-next: an interrupted run left it behind',
      'start container IT: it is stopped',
    ]);
  });

  it('removes the old container beside its successor', () => {
    const world = aWorld({ container: aContainer(config), leftovers: [old] });
    expect(steps(config, world, enter)).toEqual([
      'remove container IT-previous: an interrupted run left it behind',
    ]);
  });

  it('brings the old container back whose successor’s hooks have not succeeded', () => {
    const hooked = aConfig({ home: 'none', hooks: { create, start } });
    const container = aContainer(hooked);
    const create1 = { containerId: 'c1', create: 'hash' };
    const both = { ...create1, start: { hash: 'hash', startedAt: 'then' } };
    const first = (hooksDone: World['hooksDone']): string | undefined =>
      steps(hooked, aWorld({ container, hooksDone, leftovers: [{ ...old, id: 'c0' }] }), enter)[0];
    expect(first([])).toBe('remove container IT: an interrupted run left it half-made');
    expect(first([create1])).toBe('remove container IT: an interrupted run left it half-made');
    expect(first([both])).toBe('remove container IT-previous: an interrupted run left it behind');
  });

  it('makes a container anew that was never started', () => {
    const half = aContainer(config, { state: 'created', startedAt: undefined });
    expect(steps(config, aWorld({ container: half }), enter).slice(0, 2)).toEqual([
      'remove container IT: an interrupted run left it half-made',
      'create container IT: there is none yet',
    ]);
  });
});

describe('a stopped workspace whose port is taken now', () => {
  const config = aConfig({
    home: 'none',
    ports: [{ container: 3000, protocol: 'tcp', hostIp: '127.0.0.1', host: 3000, exact: false }],
  });
  const world = aWorld({
    container: aContainer(config, {
      state: 'exited',
      ports: [{ container: 3000, protocol: 'tcp', hostIp: '127.0.0.1', host: 3000 }],
    }),
    takenPorts: [{ port: 3000, protocol: 'tcp', hostIp: '127.0.0.1', holder: 'node (pid 7)' }],
  });

  it('is not replaced by entering, which names the holder and the way out', () => {
    expect(() => plan(config, world, enter)).toThrow(/port 3000 is taken by node \(pid 7\)/);
  });

  it('is replaced by up, on the next free port', () => {
    const { steps, notices } = plan(config, world, up);
    const made = steps.find((step) => step.do === 'create-container');
    expect(made?.spec.ports[0]?.host).toBe(3001);
    expect(made?.reason).toBe('port 3000 is taken by node (pid 7)');
    expect(notices).toEqual(['Port 3000 is taken by node (pid 7); using 3001 instead.']);
  });
});

describe('ending a workspace', () => {
  const config = aConfig();
  const volumes = ['devenv-5acb334c-home', 'devenv-uid1000-home', 'devenv-00000000-home'];
  const world = aWorld({ container: aContainer(config), volumes });

  it('keeps the volumes with down', () => {
    expect(steps(config, world, { kind: 'down', volumes: false })).toEqual([
      'stop container IT: asked for',
      'remove container IT: asked for',
    ]);
  });

  it('removes only its own volumes with down --volumes, and asks first', () => {
    const { question } = plan(config, world, { kind: 'down', volumes: true });
    expect(steps(config, world, { kind: 'down', volumes: true })).toEqual([
      'stop container IT: asked for',
      'remove container IT: asked for',
      'remove volume devenv-5acb334c-home: asked for with --volumes',
    ]);
    expect(question).toMatch(/deletes for good .*devenv-5acb334c-home\. /);
  });

  it('does nothing to a workspace that is not there', () => {
    expect(steps(config, aWorld(), { kind: 'stop' })).toEqual([]);
    expect(steps(config, aWorld(), { kind: 'down', volumes: true })).toEqual([]);
  });
});

describe('a workspace built from a Dockerfile', () => {
  const config = aConfig({
    home: 'none',
    image: buildSource('/home/ann/shop'),
  });

  it('is built under a tag that its inputs decide', () => {
    const world = aWorld({ image: undefined, imageInputs: '0123456789abcdef' });
    expect(steps(config, world, up)[0]).toBe('build image devenv/shop: it is not built yet');
  });

  it('is replaced when its inputs changed, even where the image exists already', () => {
    const container = aContainer(config, {
      labels: { ...aContainer(config).labels, 'devenv.image': 'old' },
    });
    const world = aWorld({ container, imageInputs: 'new' });
    expect(steps(config, world, up)[0]).toBe(
      'create container IT-next: what the Dockerfile copies or stands on changed',
    );
  });

  it('is replaced when the image was built again from the same inputs, and is still there', () => {
    const made = { ...aContainer(config).labels, 'devenv.image': 'same' };
    const container = aContainer(config, { labels: made, imageId: 'sha256:one' });
    const having = (image: World['image']) => aWorld({ container, imageInputs: 'same', image });
    expect(steps(config, having(anImage({ id: 'sha256:two' })), up)[0]).toBe(
      'create container IT-next: its image was built again',
    );
    expect(steps(config, having(anImage({ id: 'sha256:one' })), up)).toEqual([]);
    expect(steps(config, having(undefined), up)).toEqual([]);
  });
});
