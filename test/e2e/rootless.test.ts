import { chown, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Docker } from '../../cli/src/engine/docker.ts';
import { labels } from '../../cli/src/plan/labels.ts';
import { createCli, type CliResult } from '../support/cli.ts';
import { imageWithUser, plainImage } from '../support/images.ts';
import { noRootlessEngine } from '../support/no-rootless-engine.ts';
import {
  makeOrdinaryUser,
  noOrdinaryUser,
  removeOrdinaryUser,
  type OrdinaryUser,
} from '../support/ordinary-user.ts';
import { writeFiles, type Files } from '../support/temp-folder.ts';

const made = noOrdinaryUser === undefined ? await makeOrdinaryUser() : undefined;
const obstacle = made === undefined ? noOrdinaryUser : await noRootlessEngine(made);

afterAll(async () => {
  if (made !== undefined) await removeOrdinaryUser(made);
});

describe.skipIf(obstacle)(
  `a workspace on a rootless engine${obstacle ? ` (skipped: ${obstacle})` : ''}`,
  () => {
    const user = made as OrdinaryUser;
    const { home, uid, gid } = user;
    const docker = new Docker({
      host: `unix://${join(home, '.local/state/devenv/engine/run/docker.sock')}`,
    });

    beforeAll(async () => {
      expect(await devenv('/', 'engine', 'start')).toMatchObject({ exitCode: 0 });
      expect(await docker.facts()).toMatchObject({ rootless: true });
    });

    afterAll(async () => {
      for (const container of await docker.listContainers()) {
        await docker.removeContainer(container.Id);
      }
      await devenv('/', 'engine', 'stop', '--yes');
    });

    it('is the caller’s, who is uid 0 inside: name, home, and whose the files are', async () => {
      const folder = await project('mine', {
        'devenv.yaml': await plain('caches: [~/.npm, dist]'),
      });
      const script =
        'id -u; id -g; whoami; echo ~; pwd; for f in ~ ~/.npm dist .; do echo kept > $f/mark || exit 1; done';
      expect(await devenv(folder, 'exec', '--', 'sh', '-c', script)).toMatchObject({
        stdout: ['0', '0', user.name, home, folder, ''].join('\n'),
        exitCode: 0,
      });
      for (const path of ['mark', 'dist']) {
        expect(await stat(join(folder, path))).toMatchObject({ uid, gid });
      }
    });

    it('keeps its home and caches when it is stopped, started and made anew', async () => {
      const folder = await project('kept', { 'devenv.yaml': await plain('caches: [dist]') });
      const write = 'echo kept > ~/mark; echo kept > dist/mark';
      expect(await devenv(folder, 'exec', '--', 'sh', '-c', write)).toMatchObject({ exitCode: 0 });
      const before = await containerIds(folder);
      for (const command of ['stop', 'up', 'rebuild']) {
        expect(await devenv(folder, command)).toMatchObject({ exitCode: 0 });
      }
      const after = await containerIds(folder);
      expect([before.length, after.length]).toEqual([1, 1]);
      expect(after).not.toEqual(before);
      const { stdout } = await devenv(folder, 'exec', '--', 'sh', '-c', 'cat ~/mark dist/mark');
      expect(stdout).toBe('kept\nkept\n');
      expect(await devenv(folder, 'down', '--volumes', '--yes')).toMatchObject({ exitCode: 0 });
      expect(await containerIds(folder)).toEqual([]);
    });

    it('builds its Dockerfile, and runs its hooks as the caller', async () => {
      const folder = await project('built', {
        'devenv.yaml': 'build: .\nhooks: {create: "whoami > hook"}\n',
        Dockerfile: `FROM ${await plainImage(docker)}\nRUN echo built > /version\n`,
      });
      const { stdout } = await devenv(folder, 'exec', '--', 'cat', '/version', 'hook');
      expect(stdout).toBe(`built\n${user.name}\n`);
      expect(await stat(join(folder, 'hook'))).toMatchObject({ uid, gid });
    });

    it('is root’s or an image user’s where the file says so', async () => {
      const image = await imageWithUser(docker);
      const folder = await project('others', {
        'devenv.yaml': `image: ${image}\nuser: root\n`,
        'devenv.app.yaml': `image: ${image}\nuser: app\n`,
      });
      const script = 'id -u; whoami; echo ~; echo kept > ~/mark && cat ~/mark';
      const root = await devenv(folder, 'exec', '--', 'sh', '-c', script);
      expect(root.stdout).toBe('0\nroot\n/root\nkept\n');
      const app = await devenv(folder, '-f', 'devenv.app.yaml', 'exec', '--', 'sh', '-c', script);
      expect(app.stdout).toBe('500\napp\n/home/app\nkept\n');
    });

    it('gets certificates, and serves on 127.0.0.1', async () => {
      const folder = await project('serves', {
        'devenv.yaml': await plain('ports: [28181]\nhooks: {start: httpd -p 28181 -h .}'),
        'public.pem': 'public\n',
      });
      const read = ['exec', '--', 'sh', '-c', 'cat $SSL_CERT_FILE'];
      const { stdout } = await run(folder, read, { SSL_CERT_FILE: join(folder, 'public.pem') });
      expect(stdout).toBe('public\n');
      const ports = await devenv(folder, 'ports', '--json');
      const { url } = (JSON.parse(ports.stdout) as { ports: { url: string }[] }).ports[0]!;
      expect(await (await fetch(`${url}/public.pem`)).text()).toBe('public\n');
    });

    const plain = async (more: string): Promise<string> =>
      `image: ${await plainImage(docker)}\n${more}\n`;

    async function project(name: string, files: Files): Promise<string> {
      const folder = join(home, name);
      await mkdir(folder);
      await writeFiles(folder, files);
      for (const path of ['', ...Object.keys(files)]) await chown(join(folder, path), uid, gid);
      return folder;
    }

    /** devenv as the user runs it, who has named no engine: it finds their own. */
    function run(
      cwd: string,
      args: string[],
      env: Record<string, string> = {},
    ): Promise<CliResult> {
      const cli = createCli(home, { user, env: { DOCKER_HOST: undefined } });
      return cli.run(args, { cwd, env });
    }

    function devenv(cwd: string, ...args: string[]): Promise<CliResult> {
      return run(cwd, args);
    }

    async function containerIds(folder: string): Promise<string[]> {
      return (await docker.listContainers([`${labels.root}=${folder}`])).map(({ Id }) => Id);
    }
  },
);
