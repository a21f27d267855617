import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Docker } from '../../cli/src/engine/docker.ts';
import { rootlessRequirements } from '../../cli/src/engine/private-engine/rootless-requirements.ts';
import { program } from '../support/cli.ts';
import { plainImage } from '../support/images.ts';
import {
  makeOrdinaryUser,
  noOrdinaryUser,
  type OrdinaryUser,
  removeOrdinaryUser,
} from '../support/ordinary-user.ts';
import { runContainer } from '../support/private-engine.ts';

const user = noOrdinaryUser === undefined ? await makeOrdinaryUser() : undefined;
const obstacle = user === undefined ? noOrdinaryUser : await whyNot(user);

afterAll(async () => {
  if (user !== undefined) await removeOrdinaryUser(user);
});

describe.skipIf(obstacle)(
  `a private engine of an ordinary user${obstacle ? ` (skipped: ${obstacle})` : ''}`,
  () => {
    const { home, uid, gid } = user as OrdinaryUser;
    const run = join(home, '.local/state/devenv/engine/run');
    const socket = join(run, 'docker.sock');
    let copy: string;

    beforeAll(() => {
      // The repository may be in a folder that is closed to others.
      copy = mkdtempSync('/tmp/devenv-program-');
      for (const name of ['bin', 'dist']) {
        cpSync(join(program, '../..', name), join(copy, name), { recursive: true });
      }
      chmodSync(copy, 0o755);
    });

    afterAll(async () => {
      await devenv(['engine', 'stop', '--yes']);
      rmSync(copy, { recursive: true });
    });

    /** The built program, as the user runs it in a bare login. */
    function devenv(
      args: string[],
      PATH = '/usr/local/bin:/usr/bin:/bin',
    ): Promise<{ exitCode?: number; stdout: string; stderr: string }> {
      const options = { uid, gid, cwd: home, env: { HOME: home, PATH }, extendEnv: false };
      const argv = [join(copy, 'bin/devenv.cjs'), ...args];
      return execa(process.execPath, argv, { ...options, stdin: 'ignore', reject: false });
    }

    it('names what is missing, and how to get it', async () => {
      const { exitCode, stderr } = await devenv(['engine', 'start'], '/nonexistent');
      expect(exitCode).toBe(3);
      expect(stderr).toContain('rootlesskit is not installed');
      expect(stderr).toMatch(/install .*rootlesskit/);
      expect(existsSync(socket)).toBe(false);
    });

    it('is one rootless engine when it is started three times at once', async () => {
      const starts = await Promise.all([1, 2, 3].map(() => devenv(['engine', 'start', '--json'])));
      expect(
        starts.map(({ exitCode, stderr, stdout }) => (exitCode === 0 ? 0 : stderr + stdout)),
      ).toEqual([0, 0, 0]);
      const results = starts.map(({ stdout }) => JSON.parse(stdout));
      expect(results.filter(({ started }) => started)).toHaveLength(1);
      expect(results[0].host).toBe(`unix://${socket}`);
      expect((await processesOf(uid)).filter((name) => name.includes('dockerd '))).toHaveLength(1);
      expect(await new Docker({ host: `unix://${socket}` }).facts()).toMatchObject({
        rootless: true,
      });
    });

    it('is found by the commands that follow', async () => {
      const { stdout } = await devenv(['engine', 'status', '--json']);
      expect(JSON.parse(stdout)).toMatchObject({
        engine: { host: `unix://${socket}`, rootless: true },
        own: { running: true, rootless: true },
      });
    });

    it('runs containers whose files belong to the user', async () => {
      const image = await plainImage(new Docker({ host: `unix://${socket}` }));
      const { output, exitCode } = await runContainer(
        socket,
        image,
        ['sh', '-c', 'touch /home/x && id -u'],
        {
          HostConfig: { Init: true, Binds: [`${home}:/home`] },
        },
      );
      expect({ output, exitCode }).toEqual({ output: '0\n', exitCode: 0 });
      expect(statSync(join(home, 'x')).uid).toBe(uid);
    });

    it('starts again after it was killed', async () => {
      await execa('pkill', ['-KILL', '-u', String(uid), 'rootlesskit']);
      const { exitCode, stdout } = await devenv(['engine', 'start', '--json']);
      expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({ exitCode: 0, started: true });
    });

    it('leaves only its data and its log when it is stopped', async () => {
      const { exitCode, stderr } = await devenv(['engine', 'stop']);
      expect(exitCode, stderr).toBe(0);
      expect(await processesOf(uid)).toEqual([]);
      expect(readdirSync(run).sort()).toEqual(['daemon.json', 'dockerd.log']);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(home);
    });
  },
);

async function whyNot(person: OrdinaryUser): Promise<string | undefined> {
  const { uid, gid, home } = person;
  const node = await execa(process.execPath, ['--version'], { uid, gid, cwd: '/', reject: false });
  if (node.failed) return `an ordinary user cannot run ${process.execPath}`;
  // What systemd does on other machines.
  if (existsSync('/dev/net/tun')) chmodSync('/dev/net/tun', 0o666);
  const caller = { uid, gid, home, name: person.name, platform: process.platform };
  const missing = await rootlessRequirements({ caller, environment: process.env });
  return missing[0]?.lack;
}

/** Command lines. What has ended counts no more, even where process 1 is slow to notice. */
async function processesOf(uid: number): Promise<string[]> {
  const { stdout } = await execa('ps', ['-u', String(uid), '-o', 'args='], { reject: false });
  return stdout.split('\n').filter((line) => line !== '' && !line.includes('<defunct>'));
}
