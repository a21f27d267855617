import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { link, lutimes, mkdir, chmod, rm, symlink, truncate } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished } from 'vitest';
import { packContext, type BuildContext } from '../../../cli/src/engine/image/build-context.ts';
import { buildImage } from '../../../cli/src/engine/image/build.ts';
import type { BuilderKind } from '../../../cli/src/plan/dockerfile-features.ts';
import { contextOfDocker, readTar, type TarEntry } from '../../support/docker-context.ts';
import { testEngine } from '../../support/engine.ts';
import { itUnless } from '../../support/it-unless.ts';
import { testFolder, type Files } from '../../support/temp-folder.ts';
import { buildSource } from '../../support/build-source.ts';

const noDocker = hasDocker() ? undefined : 'there is no docker program to compare with';
const noEngine = process.env.DEVENV_TEST_HOST ? undefined : 'DEVENV_TEST_HOST is not set';
const noBuildx = hasBuildx() ? undefined : 'docker buildx is not installed';
const isRoot = process.getuid?.() === 0;
const notRoot = isRoot ? undefined : 'only root makes devices';

describe('packContext beside docker build', () => {
  itUnless(noDocker)('sends an odd context as the docker CLI does', async () => {
    const folder = await oddContext();
    expect(comparable(await contextOf(folder))).toEqual(comparable(await contextOfDocker(folder)));
  });

  itUnless(noDocker ?? notRoot)('sends devices, and what only root may read', async () => {
    const folder = await testFolder({
      Dockerfile: 'FROM scratch',
      closed: 'closed',
      'shut/a': 'a',
    });
    await chmod(join(folder, 'closed'), 0);
    await chmod(join(folder, 'shut'), 0);
    execFileSync('mknod', [join(folder, 'null'), 'c', '1', '3']);
    execFileSync('mknod', [join(folder, 'disk'), 'b', '259', '300']);
    const sent = comparable(await contextOf(folder));
    expect(sent).toEqual(comparable(await contextOfDocker(folder)));
    expect(sent.map(({ name }) => name)).toContain('shut/a');
  });

  itUnless(noDocker ?? noEngine)(
    'makes the image that docker build makes',
    async () => {
      const folder = await oddContext();
      const reference = await imageFrom(['.'], folder);
      const { tar, dockerfile } = await open(folder);
      const image = await imageFrom(['--file', dockerfile, '-'], folder, tar);
      const files = withoutFolderTimes(await filesOf(image));
      expect(files).toEqual(withoutFolderTimes(await filesOf(reference)));
      expect(files.length).toBeGreaterThan(20);
    },
    120_000,
  );

  itUnless(noDocker ?? noEngine ?? noBuildx)(
    'makes the image that docker buildx build makes',
    async () => {
      const folder = await oddContext();
      // Some versions make a file of it.
      await rm(join(folder, 'socket'));
      if (isRoot) execFileSync('mknod', [join(folder, 'disk'), 'b', '259', '300']);
      const reference = await imageFrom(['.'], folder, undefined, 'buildkit');
      const image = await imageWithBuildKit(folder);
      const files = withoutFolderTimes(await filesOf(image));
      expect(files).toEqual(withoutFolderTimes(await filesOf(reference)));
      expect(files.length).toBeGreaterThan(20);
    },
    120_000,
  );

  const patterns: [string, string[]][] = [
    ['a leading slash', ['/src', '!/src/a.log']],
    ['trailing slashes', ['src/', 'c++/', 'deep//']],
    ['dots', ['./src', 'deep/../keep']],
    ['comments, spaces and empty lines', ['# src', '', '  src  ', ' #odd', '\t']],
    ['** at the beginning, in the middle, at the end', ['**/*.log', 'deep/**/c', 'src/**']],
    ['** without a slash', ['**.log', 'de**']],
    ['? and classes', ['src/?.log', 'd[a-f]ep', '[^a-z]*']],
    ['escapes', ['\\[z\\]', '\\#odd', 'x\\(1\\)', '\\!odd']],
    ['characters that mean something elsewhere', ['c++', 'x(1)', 'a^b', '{a}', '*.l+g']],
    ['everything but a folder', ['*', '!deep']],
    ['everything but a file deep down', ['**', '!deep/a/b/c']],
    ['an exception, and then the rule again', ['src', '!src/a.log', 'src']],
    ['an exception for a folder that is not left out itself', ['**/*.log', '!src']],
    ['an exception with a pattern for such a folder', ['**/*.log', '!s*', '!k**']],
    ['an exception for what is in that folder', ['**/*.log', '!src/**']],
    ['an exception with a pattern for the folder', ['deep', '!d*/a']],
    ['an exception at any depth', ['*', '!**/c']],
    ['an exception with two marks', ['*', '!!odd', '! src']],
    ['the Dockerfile and the rules themselves', ['Dockerfile', '.dockerignore', 'src']],
    ['what lies above', ['../src', '/../../deep', '.', '/']],
    ['Windows line ends', ['src\r', '!src/b.ts\r']],
    ['a byte order mark', ['\uFEFFsrc', 'deep']],
    ['names that are not ASCII', ['ä*', '**/ß']],
  ];
  for (const [what, rules] of patterns) {
    itUnless(noDocker)(`leaves out what docker build does: ${what}`, async () => {
      const folder = await treeWith(rules);
      const reference = await contextOfDocker(folder);
      expect(namesOf(await contextOf(folder))).toEqual(namesOf(reference));
    });
  }

  for (const rule of ['[b', 'a/[', '[]a]', '[a-]', '!', 'a\\']) {
    itUnless(noDocker)(`refuses the rule ${rule} as docker build does`, async () => {
      const folder = await treeWith(['src', rule]);
      await expect(contextOfDocker(folder)).rejects.toThrow(/pattern/);
      await expect(contextOf(folder)).rejects.toMatchObject({
        code: 'config_invalid',
        message: `${join(folder, '.dockerignore')}:2: "${rule}" is not a pattern.`,
      });
    });
  }
});

/** All that a folder can have without root. */
async function oddContext(): Promise<string> {
  const long = `${'long-name-'.repeat(20)}ü`;
  const folder = await testFolder({
    Dockerfile: 'FROM scratch\nCOPY . /context\n',
    '.dockerignore': 'left-out\n!left-out/kept\n',
    'left-out/kept': 'kept',
    'left-out/gone': 'gone',
    'run.sh': 'run',
    'ä/ß/日本語 🎉.txt': 'ü',
    [`deep/${long}/${long}/file`]: 'deep',
    'secret/key': 'key',
    ' spaces and\nlines': 'odd',
    one: 'one',
    old: 'old',
    future: 'future',
    empty: '',
  });
  await mkdir(join(folder, 'empty-folder'));
  await link(join(folder, 'one'), join(folder, 'two'));
  await link(join(folder, 'one'), join(folder, 'ä/three'));
  await symlink('/nowhere/at/all', join(folder, 'absolute'));
  await symlink('nowhere', join(folder, 'dangling'));
  await symlink('ä', join(folder, 'to-folder'));
  await symlink('../../outside', join(folder, 'ä/outside'));
  await symlink(`deep/${long}/${long}/file`, join(folder, 'to-long'));
  await symlink('loop', join(folder, 'loop'));
  await truncate(join(folder, 'empty'), 300 * 1024);
  await chmod(join(folder, 'Dockerfile'), 0o640);
  await chmod(join(folder, 'secret/key'), 0o600);
  await chmod(join(folder, 'secret'), 0o700);
  await chmod(join(folder, 'run.sh'), 0o4755);
  await chmod(join(folder, 'empty-folder'), 0o3777);
  await lutimes(join(folder, 'future'), 0, Date.UTC(2100, 0) / 1000);
  await lutimes(join(folder, 'old'), 0, Date.UTC(1999, 0) / 1000);
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const server = createServer().listen(join(folder, 'socket'));
  onTestFinished(() => void server.close());
  return folder;
}

function treeWith(rules: string[]): Promise<string> {
  const paths = ['src/a.log', 'src/b.ts', 'src/ß', 'deep/a/b/c', 'deep/c', 'keep/x.log', '.env'];
  const odd = ['#odd', '[z]', 'c++/d', 'x(1)', 'a^b', '{a}', 'ä.txt', '!odd', 'x.l+g', 'x.lg'];
  const files: Files = Object.fromEntries([...paths, ...odd].map((path) => [path, '']));
  return testFolder({ ...files, Dockerfile: 'FROM scratch', '.dockerignore': rules.join('\n') });
}

function open(folder: string): Promise<BuildContext> {
  const dockerfile = join(folder, 'Dockerfile');
  return packContext({ dockerfile, context: folder, sources: [''], onSent: () => undefined });
}

async function contextOf(folder: string): Promise<TarEntry[]> {
  return readTar((await open(folder)).tar);
}

function namesOf(entries: TarEntry[]): string[] {
  return entries.map(({ name }) => name).sort();
}

/** What makes up a file, whatever the order and the dialect of the tar. */
function comparable(entries: TarEntry[]) {
  return entries
    .map(({ name, type, mode, uid, gid, size, linkname, devmajor, devminor, mtime, ...rest }) => ({
      ...{ name, type, uid, gid, size, linkname, devmajor, devminor },
      mode: mode?.toString(8),
      mtime: Number((rest.pax as Record<string, string> | null)?.mtime ?? seconds(mtime)),
      content: rest.content,
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function seconds(time: Date | undefined): number | undefined {
  return time && time.getTime() / 1000;
}

/** The engine itself makes some of the folders. */
function withoutFolderTimes(entries: TarEntry[]) {
  return comparable(entries).map((entry) =>
    entry.type === 'directory' ? { ...entry, mtime: undefined } : entry,
  );
}

/** The id of an image that the CLI builds. */
async function imageFrom(
  args: string[],
  cwd: string,
  tar?: BuildContext['tar'],
  builder: BuilderKind = 'classic',
): Promise<string> {
  const cli = spawn('docker', ['build', '--quiet', '--no-cache', ...args], {
    cwd,
    env: { ...engineEnvironment(), DOCKER_BUILDKIT: builder === 'classic' ? '0' : '1' },
    stdio: [tar === undefined ? 'ignore' : 'pipe', 'pipe', 'ignore'],
  });
  const output: Buffer[] = [];
  cli.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  const ended = new Promise((resolve) => cli.on('close', resolve));
  if (tar !== undefined && cli.stdin) await pipeline(tar, cli.stdin);
  expect(await ended).toBe(0);
  const id = Buffer.concat(output).toString().trim();
  onTestFinished(() => void docker('rmi', '--force', id));
  return id;
}

/** The name of an image that devenv builds with BuildKit. */
async function imageWithBuildKit(folder: string): Promise<string> {
  const name = `devenv-test/same-as-docker:${randomUUID()}`;
  const source = buildSource(folder);
  onTestFinished(() => void docker('rmi', '--force', name));
  return buildImage(testEngine(), source, () => name, {
    builder: 'buildkit',
    noCache: true,
    pull: false,
    environment: {},
    logFile: join(await testFolder(), 'build.log'),
    report: () => undefined,
    index: 0,
  });
}

async function filesOf(image: string): Promise<TarEntry[]> {
  const container = docker('create', image, 'none');
  const cli = spawn('docker', ['cp', `${container}:/context`, '-'], { env: engineEnvironment() });
  try {
    return await readTar(cli.stdout);
  } finally {
    docker('rm', container);
  }
}

function docker(...args: string[]): string {
  const options = { env: engineEnvironment(), encoding: 'utf8' } as const;
  return execFileSync('docker', args, options).trim();
}

/** With the plug-in that `npm test` has unpacked, where the machine has none. */
function engineEnvironment(): NodeJS.ProcessEnv {
  const own = fileURLToPath(new URL('../../../.cache/docker-cli', import.meta.url));
  const config = existsSync(own) ? { DOCKER_CONFIG: own } : {};
  return { ...process.env, DOCKER_HOST: process.env.DEVENV_TEST_HOST, ...config };
}

function hasDocker(): boolean {
  try {
    return execFileSync('docker', ['--version'], { encoding: 'utf8' }).startsWith('Docker');
  } catch {
    return false;
  }
}

function hasBuildx(): boolean {
  try {
    execFileSync('docker', ['buildx', 'version'], { stdio: 'ignore', env: engineEnvironment() });
    return true;
  } catch {
    return false;
  }
}
