import { chmod, chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { labels } from '../../cli/src/plan/labels.ts';
import { expectValid } from '../commands/output-schemas.ts';
import { describeWithEngine, testEngine } from '../support/engine.ts';
import { imageWithUser, plainImage } from '../support/images.ts';
import { aPerson, containerOf, containersOf, type Person } from '../support/person.ts';
import { noRegistry, startRegistry, type Registry } from '../support/registry.ts';
import { writeFiles } from '../support/temp-folder.ts';

interface Step {
  do: string;
  reason: string;
}

describe.skipIf(noRegistry !== undefined)(
  `shared prebuilds (${noRegistry ?? 'there is a registry'})`,
  () => {
    describeWithEngine('on two machines', () => {
      const suite = aSuite();
      const ann = aPerson();
      const bob = aPerson();

      it('are built and pushed once, and pulled in place of every other build', async () => {
        const files = suite.files('once');
        const pushed = await ann.run(['build', '--push'], {
          cwd: await ann.project('once', files),
        });
        expect(pushed.stderr).not.toContain('hint:');
        expect(pushed.exitCode).toBe(0);
        const reference = pushed.stdout.trim();
        expect(reference).toMatch(new RegExp(`^${suite.registry.address}/once:[0-9a-f]{12}$`));
        const digest = await suite.registry.digestOf('once', reference.split(':').at(-1)!);
        const image = await testEngine().inspectImage(reference);
        expect(image?.RepoDigests).toEqual([`${suite.registry.address}/once@${digest}`]);
        expect(image?.Config.Labels).not.toHaveProperty([labels.uid]);

        await suite.onAnotherMachine(reference);
        const cwd = await bob.project('elsewhere/once', files);
        expect(await steps(bob, ['up'], cwd)).toContainEqual(
          expect.objectContaining({
            do: 'pull-image',
            reason: 'somebody has built it from the same inputs',
          }),
        );
        expect((await containerOf(cwd)).Image).toBe(image?.Id);
        expect(await testEngine().inspectImage(suite.base)).toBeUndefined();
        expect((await bob.run(['exec', '--', 'cat', '/hello'], { cwd })).stdout).toBe('once\n');

        const asked = suite.registry.requests.length;
        expect(await steps(bob, ['up'], cwd)).toEqual([]);
        expect(await steps(bob, ['build', '--frozen'], cwd)).toEqual([]);
        expect(suite.registry.requests.slice(asked)).toEqual([]);
      });

      it('are found again after a change by up and by rebuild', async () => {
        const folders = [
          await ann.project('change', suite.files('change')),
          await bob.project('change', suite.files('change')),
        ] as const;
        await steps(ann, ['build', '--push'], folders[0]);
        await steps(bob, ['up'], folders[1]);
        for (const command of ['up', 'rebuild']) {
          for (const folder of folders) await writeFile(join(folder, 'hello'), command);
          const { stdout } = await ann.run(['build', '--push'], { cwd: folders[0] });
          await suite.onAnotherMachine(stdout.trim());
          const done = await steps(bob, [command], folders[1]);
          expect(done.map((step) => step.do)).toContain('pull-image');
          expect(done.map((step) => step.do)).not.toContain('build-image');
          const { stdout: said } = await bob.run(['exec', '--', 'cat', '/hello'], {
            cwd: folders[1],
          });
          expect(said).toBe(command);
        }
      });

      it('are not published where a file changes during the build', async () => {
        const cwd = await ann.project('moves', suite.files('moves'));
        const held = ann.engine.holdAt(/^POST \/build/);
        const pushing = ann.cli.start(['build', '--push'], { cwd });
        await held.arrived;
        await writeFile(join(cwd, 'hello'), 'moved');
        const asked = suite.registry.requests.length;
        held.release();
        const { exitCode, stderr } = await pushing;
        expect([exitCode, stderr]).toEqual([
          4,
          expect.stringMatching(/changed while it ran.*\nhint: /),
        ]);
        expect(suite.registry.requests.slice(asked)).toEqual([]);
        const { stdout } = await ann.run(['build', '--push'], { cwd });
        const tag = stdout.trim().split(':').at(-1)!;
        expect(await suite.registry.digestOf('moves', tag)).toMatch(/^sha256:/);
      });

      it('need nothing more from a machine that would push the same again', async () => {
        const cwd = await ann.project('again', suite.files('again'));
        const { stdout } = await ann.run(['build', '--push'], { cwd });
        await suite.onAnotherMachine(stdout.trim());
        const { result } = await json(ann, ['build', '--push'], cwd);
        expect(result).toMatchObject({
          reference: stdout.trim(),
          id: null,
          steps: [],
          notices: [`The registry has ${stdout.trim()} already.`],
        });
        expect(await testEngine().inspectImage(stdout.trim())).toBeUndefined();
      });

      it('are other images where the base image is another one', async () => {
        const base = await suite.pushBase(await plainImage(), 'moving');
        const files = { ...suite.files('base'), Dockerfile: `FROM ${base}\nCOPY hello /hello\n` };
        const cwd = await ann.project('base', files);
        const before = await ann.run(['build'], { cwd });
        await testEngine().removeImage(before.stdout.trim());
        await testEngine().removeImage(base);
        expect((await json(ann, ['build', '--dry-run'], cwd, 0, 'plan')).result).toMatchObject({
          steps: [{ do: 'build-image' }],
        });
        expect((await ann.run(['build'], { cwd })).stdout).toBe(before.stdout);
        await suite.pushBase(await imageWithUser(), 'moving');
        const after = await ann.run(['build'], { cwd });
        expect(after.stdout.trim()).toMatch(/\/base:[0-9a-f]{12}$/);
        expect(after.stdout).not.toBe(before.stdout);
        await testEngine().removeImage(after.stdout.trim());
      });

      it('are cleaned away by anybody once no workspace uses them, and not before', async () => {
        const cwd = await ann.project('clean', suite.files('clean'));
        await steps(ann, ['up'], cwd);
        const { Config } = await containerOf(cwd);
        const found = async (person: Person) => {
          const { stdout } = await person.run(['prune', '--dry-run', '--json']);
          return (JSON.parse(stdout) as { found: { name: string }[] }).found.map(
            ({ name }) => name,
          );
        };
        expect(await found(bob)).not.toContain(Config.Image);
        const { stdout } = await ann.run(['image', 'ls', '--json']);
        expect(JSON.parse(stdout)).toMatchObject({
          images: expect.arrayContaining([
            expect.objectContaining({ references: [Config.Image], usedBy: ['clean'] }),
          ]) as unknown,
        });
        await steps(ann, ['down'], cwd);
        expect(await found(bob)).toContain(Config.Image);
        await testEngine().removeImage(Config.Image);
      });
    });

    describeWithEngine('--frozen', () => {
      const suite = aSuite();
      const ann = aPerson();

      it('fails rather than builds what nobody has pushed, and leaves the workspace alone', async () => {
        const cwd = await ann.project('frozen', suite.files('frozen'));
        const none = await json(ann, ['up', '--frozen'], cwd, 4, 'error');
        expect(none.result).toMatchObject({
          error: {
            code: 'build_failed',
            message: expect.stringContaining('The registry has no image') as string,
          },
        });
        expect(await containersOf(cwd)).toEqual([]);
        await steps(ann, ['build', '--push'], cwd);
        await steps(ann, ['up', '--frozen'], cwd);
        const { Id } = await containerOf(cwd);

        await writeFile(join(cwd, 'hello'), 'another');
        for (const command of ['up', 'rebuild', 'build']) {
          const { result } = await json(ann, [command, '--frozen'], cwd, 4, 'error');
          expect(result).toMatchObject({
            error: {
              code: 'build_failed',
              details: [
                'Since the workspace was made: what the Dockerfile copies or stands on changed.',
              ],
              hint: expect.stringContaining('devenv build --push') as string,
            },
          });
        }
        expect(await containerOf(cwd)).toMatchObject({ Id, State: { Status: 'running' } });
      });

      it('is about building alone: a rebuild takes the image that is here', async () => {
        const cwd = await ann.project('here', suite.files('here'));
        await steps(ann, ['up'], cwd);
        const done = (await steps(ann, ['rebuild', '--frozen'], cwd)).map((step) => step.do);
        expect(done).not.toContain('build-image');
        expect(done).toContain('create-container');
      });
    });

    describeWithEngine('a registry', () => {
      const suite = aSuite('secret');
      const ann = aPerson();

      it('that demands a login is told to log in to, and pushed to and pulled from after that', async () => {
        const cwd = await ann.project('login', suite.files('login'));
        const refused = await json(ann, ['build', '--push'], cwd, 4, 'error');
        expect(refused.result).toMatchObject({
          error: {
            code: 'push_failed',
            hint: expect.stringContaining(`docker login ${suite.registry.address}`) as string,
          },
        });
        expect(refused.stderr).toContain('nobody can say whether somebody has');

        const { username, password } = suite.registry.login!;
        await dockerConfig(ann, { credHelpers: { [suite.registry.address]: 'absent' } });
        const helpless = await json(ann, ['build', '--push'], cwd, 4, 'error');
        expect(JSON.stringify(helpless.result)).toContain(
          'docker-credential-absent is not installed',
        );

        const auth = Buffer.from(`${username}:${password}`).toString('base64');
        await dockerConfig(ann, { auths: { [suite.registry.address]: { auth } } });
        const { stdout } = await ann.run(['build', '--push'], { cwd });
        expect(
          await suite.registry.digestOf('login', stdout.trim().split(':').at(-1)!),
        ).toBeDefined();
        await suite.onAnotherMachine(stdout.trim());

        await dockerConfig(ann, { credsStore: 'told' });
        await writeFiles(ann.user.home, {
          'bin/docker-credential-told.sh': `#!/bin/sh\necho '{"Username":"${username}","Secret":"${password}"}'\n`,
        });
        const path = `${join(ann.user.home, 'bin')}:${process.env.PATH}`;
        const helper = join(ann.user.home, 'bin/docker-credential-told');
        await writeFile(helper, `#!/bin/sh\nexec ${helper}.sh\n`);
        await chmod(helper, 0o755);
        const done = await steps(ann, ['up'], cwd, { PATH: path });
        expect(done[0]).toMatchObject({ do: 'pull-image' });
      });
    });

    describeWithEngine('a registry in trouble', () => {
      const suite = aSuite();
      const ann = aPerson();
      afterEach(() => suite.registry.heal());

      it('is done without, with a word about it, but not where building is forbidden', async () => {
        const cwd = await ann.project('away', suite.files('away'));
        suite.registry.cutAt(/^\w+ \/v2\/away\//);
        const frozen = await json(ann, ['up', '--frozen'], cwd, 4, 'error');
        expect(frozen.result).toMatchObject({
          error: {
            code: 'build_failed',
            message: expect.stringContaining('Nobody can say whether the registry has') as string,
            details: [expect.stringContaining('cannot reach the registry')] as unknown,
          },
        });
        const built = await json(ann, ['up'], cwd);
        expect(built.result).toMatchObject({ state: 'running' });
        expect(built.stderr).toContain('It is built here, as nobody can say');
      });

      it('in the middle of a push leaves nothing behind, and is pushed to the next time', async () => {
        const cwd = await ann.project('push', suite.files('push'));
        suite.registry.cutAt(/^PUT \/v2\/push\/manifests\//);
        const { result } = await json(ann, ['build', '--push'], cwd, 4, 'error');
        expect(result).toMatchObject({
          error: {
            code: 'push_failed',
            message: expect.stringContaining('broke while') as string,
            hint: expect.stringContaining('Run the same command again') as string,
          },
        });
        suite.registry.heal();
        const { stdout } = await ann.run(['build', '--push'], { cwd });
        expect(
          await suite.registry.digestOf('push', stdout.trim().split(':').at(-1)!),
        ).toBeDefined();
      });

      it('in the middle of a pull lets Ctrl-C through, and is pulled from the next time', async () => {
        const cwd = await ann.project('pull', suite.files('pull'));
        const { stdout } = await ann.run(['build', '--push'], { cwd });
        await suite.onAnotherMachine(stdout.trim());
        // The first blob is asked for when the image is looked for, the others when it is pulled.
        const held = suite.registry.holdAt(/^GET \/v2\/pull\/blobs\//, 2);
        const running = ann.cli.start(['up', '--progress', 'plain'], { cwd });
        await Promise.race([held.arrived, running]);
        running.kill('SIGINT');
        expect((await running).exitCode).toBe(130);
        held.cut();
        expect(await testEngine().inspectImage(stdout.trim())).toBeUndefined();
        expect(await containersOf(cwd)).toEqual([]);
        expect((await steps(ann, ['up'], cwd))[0]).toMatchObject({ do: 'pull-image' });
      });
    });
  },
);

/**
 * A registry with a base image in it, and what projects are made of. To be called before aPerson(),
 * whose workspaces have to go before the images do.
 */
function aSuite(password?: string) {
  const suite = {
    registry: undefined as unknown as Registry,
    base: '',
    /** A project whose image is shared as its name. */
    files: (name: string) => ({
      'devenv.yaml': `build:\n  registry: ${suite.registry.address}/${name}\n`,
      Dockerfile: `FROM ${suite.base}\nCOPY hello /hello\n`,
      hello: `${name}\n`,
    }),
    /** The engine is one that has neither the image nor its base. */
    onAnotherMachine: async (reference: string) => {
      await testEngine().removeImage(reference);
      await testEngine().removeImage(suite.base);
    },
    pushBase: async (image: string, tag: string): Promise<string> => {
      const docker = testEngine();
      await docker.tagImage(image, `${bases.address}/base`, tag);
      const answer = await docker.pushImage(`${bases.address}/base:${tag}`, { login: undefined });
      expect(await text(answer)).not.toContain('"error"');
      return `${bases.address}/base:${tag}`;
    },
  };
  let bases: Registry;

  beforeAll(async () => {
    [suite.registry, bases] = await Promise.all([
      startRegistry(password === undefined ? {} : { password }),
      startRegistry(),
    ]);
    suite.base = await suite.pushBase(await plainImage(), '1');
  });
  afterAll(async () => {
    const docker = testEngine();
    for (const { RepoTags } of await docker.listImages()) {
      for (const tag of RepoTags ?? []) {
        const own = [suite.registry, bases].some(({ address }) => tag.startsWith(`${address}/`));
        if (own) await docker.removeImage(tag);
      }
    }
    await suite.registry.close();
    await bases.close();
  });
  return suite;
}

async function steps(
  person: Person,
  args: string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Step[]> {
  const { stdout, stderr, exitCode } = await person.run([...args, '--yes', '--json'], { cwd, env });
  expect([exitCode, exitCode === 0 ? '' : stderr + stdout], args.join(' ')).toEqual([0, '']);
  return (expectValid(args[0]!, stdout) as { steps: Step[] }).steps;
}

async function json(
  person: Person,
  args: string[],
  cwd: string,
  expected = 0,
  schema = args[0]!,
): Promise<{ result: unknown; stderr: string }> {
  const { stdout, stderr, exitCode } = await person.run([...args, '--json'], { cwd });
  expect([exitCode, exitCode === expected ? '' : stderr + stdout], args.join(' ')).toEqual([
    expected,
    '',
  ]);
  return { result: expectValid(schema, stdout), stderr };
}

async function dockerConfig({ user }: Person, config: object): Promise<void> {
  await writeFiles(user.home, { '.docker/config.json': JSON.stringify(config) });
  await chown(join(user.home, '.docker'), user.uid, user.gid);
  await chown(join(user.home, '.docker/config.json'), user.uid, user.gid);
}
