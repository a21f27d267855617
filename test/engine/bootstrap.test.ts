import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bootstrapImage, type BootstrapOptions } from '../../cli/src/engine/bootstrap.ts';
import { currentCaller } from '../../cli/src/engine/host/caller.ts';
import { readDistribution } from '../../cli/src/engine/host/distribution.ts';
import type { Docker } from '../../cli/src/engine/docker.ts';
import { findProgram } from '../../cli/src/engine/host/find-program.ts';
import { describeWithEngine, testEngine, testEngineHost } from '../support/engine.ts';
import { itUnless } from '../support/it-unless.ts';
import { runContainer } from '../support/private-engine.ts';

const caller = currentCaller();
const place = { caller, environment: process.env };
const options: BootstrapOptions = {
  report: () => undefined,
  confirm: async () => false,
  signal: new AbortController().signal,
};
const obstacle = await whyNot();
const withoutMmdebstrap = obstacle ?? (await lacks('mmdebstrap'));

describeWithEngine('bootstrapImage', () => {
  /** The other name of the release that this machine runs: nobody else makes an image of it. */
  const version = `debian:${execFileSync('sh', ['-c', '. /etc/os-release; echo $VERSION_ID'], { encoding: 'utf8' }).trim()}`;
  const slim = `${version}-slim`;
  let docker: Docker;

  beforeAll(async () => {
    docker = testEngine();
    await removeImages();
  });
  afterAll(() => removeImages());

  itUnless(obstacle)(
    'builds an image under exactly that name, in which apt installs packages',
    async () => {
      const lines: string[] = [];
      const built = await bootstrapImage(docker, slim, place, {
        ...options,
        report: (event) => event.type === 'step-output' && lines.push(event.text),
      });
      expect(built).toMatchObject({ reference: slim, built: true });
      const image = await docker.inspectImage(slim);
      expect(image?.RepoTags).toEqual([slim]);
      expect(image?.Config).toMatchObject({ Cmd: ['bash'], Labels: { 'devenv.bootstrap': slim } });
      expect(lines.join('')).toContain('I: Retrieving');

      const install = 'apt-get update && apt-get install -y --no-install-recommends hello && hello';
      const { output, exitCode } = await run(slim, `(${install}) 2>&1 | tail -n 1`);
      expect({ output, exitCode }).toEqual({ output: 'Hello, world!\n', exitCode: 0 });
    },
    300_000,
  );

  itUnless(obstacle)('leaves documentation out of a slim image, but not the licences', async () => {
    const count = 'find /usr/share/doc /usr/share/man -type f';
    const { output } = await run(
      slim,
      `${count} ! -name copyright | wc -l; ${count} -name copyright | head -n 1`,
    );
    expect(output).toMatch(/^0\n\/usr\/share\/doc\/.*copyright\n$/);
  });

  itUnless(obstacle)('leaves an image that exists as it is', async () => {
    const before = await docker.inspectImage(slim);
    expect(await bootstrapImage(docker, slim, place, options)).toEqual({
      reference: slim,
      id: before?.Id,
      built: false,
    });
  });

  itUnless(withoutMmdebstrap)(
    'builds the same with mmdebstrap in a user namespace, for people other than root',
    async () => {
      await docker.removeImage(version);
      const ordinary = { ...place, caller: { ...caller, uid: 4711 } };
      const lists = readdirSync('/var/lib/apt/lists');
      await bootstrapImage(docker, version, ordinary, options);
      expect(readdirSync('/var/lib/apt/lists')).toEqual(lists);
      const { output } = await run(
        version,
        'test -d /usr/share/man/man1 && stat -c %u /etc/passwd',
      );
      expect(output).toBe('0\n');
    },
    300_000,
  );

  itUnless(obstacle)('says so when there is no such release', async () => {
    const failing = bootstrapImage(docker, 'debian:nosuchsuite', place, options);
    await expect(failing).rejects.toMatchObject({
      code: 'bootstrap_failed',
      exitCode: 4,
      message: expect.stringContaining('nosuchsuite'),
    });
    expect(leftovers()).toEqual([]);
  });

  itUnless(obstacle)(
    'leaves no file, process, mount or image behind when it is interrupted',
    async () => {
      const controller = new AbortController();
      const building = bootstrapImage(docker, slim, place, {
        ...options,
        force: true,
        signal: controller.signal,
        report: (event) =>
          event.type === 'step-output' && event.text.includes('Extracting') && controller.abort(),
      });
      await expect(building).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 });
      expect(leftovers()).toEqual([]);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain('devenv-bootstrap-');
      expect(await docker.inspectImage(slim)).toBeDefined();
    },
    300_000,
  );

  it.each([
    'alpine:3.20',
    'debian',
    'debian:',
    'debian:bookworm/evil',
    'ubuntu:noble-slim',
    'debian:--help',
  ])('refuses to build %s', async (reference) => {
    await expect(bootstrapImage(docker, reference, place, options)).rejects.toMatchObject({
      code: 'usage',
    });
  });

  async function run(image: string, script: string): Promise<{ output: string; exitCode: number }> {
    const socket = testEngineHost().replace('unix://', '');
    return runContainer(socket, image, ['sh', '-c', script]);
  }

  async function removeImages(): Promise<void> {
    await docker.removeImage(slim);
    await docker.removeImage(version);
  }
});

/** Temporary folders and processes of a bootstrap. */
function leftovers(): string[] {
  const folders = readdirSync('/var/tmp').filter((name) => name.startsWith('devenv-bootstrap-'));
  const processes = readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && commandLine(pid).includes('devenv-bootstrap-'),
  );
  return [...folders, ...processes];
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function whyNot(): Promise<string | undefined> {
  if (caller.uid !== 0) return 'debootstrap needs root';
  if ((await readDistribution())?.id !== 'debian') return 'it takes the mirror of a Debian machine';
  return lacks('debootstrap');
}

async function lacks(program: string): Promise<string | undefined> {
  const found = await findProgram(program, process.env);
  return found === undefined ? `${program} is not installed` : undefined;
}
