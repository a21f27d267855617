import { spawnSync } from 'node:child_process';
import { chown, cp, lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe } from 'vitest';
import { stringify } from 'yaml';
import type { ContainerInspection } from '../../cli/src/engine/docker/answers.ts';
import { labels } from '../../cli/src/plan/labels.ts';
import { testEngine, testEngineHost } from './engine.ts';
import { addAccounts, describeAccounts, type Account } from './login/accounts.ts';
import { createClients, type Clients } from './login/clients.ts';
import { loginImage } from './login/image.ts';
import { expectNothingLeft, removeWorkspacesOf } from './login/leftovers.ts';
import { noPrivateMounts, openPrivateMounts, type PrivateMounts } from './login/private-mounts.ts';
import { makeKey, startSshd, type Sshd } from './login/sshd.ts';
import type { Files } from './temp-folder.ts';

/** A line of the audit log. */
export interface AuditLine {
  time: string;
  event: 'start' | 'end' | 'denied' | 'failed';
  uid: number;
  user: string;
  from: string;
  repository?: string;
  command?: string;
  container?: string;
  reasons?: string[];
  exitStatus?: number;
  durationMs?: number;
  bytesIn?: number;
  bytesOut?: number;
}

export interface LoginHostOptions {
  /** Names; ann alone unless told otherwise. */
  users?: string[];
  /** Laid over the policy that allows little but the tests' image, section by section. */
  policy?: Record<string, unknown>;
  /** How the login shell comes in: sshd's ForceCommand, or the shell of the passwd entry. */
  door?: 'ForceCommand' | 'passwd shell';
  /** Settings for sshd before those of its file, such as `{ AcceptEnv: '*' }`. */
  sshd?: Record<string, string>;
  /** Instead of `devenv login install`. */
  install?: (host: LoginHost) => Promise<void>;
}

export interface LoginHost extends Clients {
  /** A folder of the machine's own, for what is mounted into containers; root's, open to all. */
  folder: string;
  image: string;
  account(name: string): Account;
  /** Runs a command as root on the host; fails when it fails. */
  asRoot(argv: string[], options?: { input?: string }): Promise<string>;
  /** Runs it as one of the users, as cron would: without the login shell. */
  asUser(name: string, argv: string[]): Promise<{ stdout: string; stderr: string; status: number }>;
  /** Where a file of the host is to be found by a test. */
  path(path: string): string;
  /** Writes files of a user's below their home or their repositories; everything in it is theirs. */
  files(name: string, folder: string, files: Files): Promise<void>;
  /** Makes a repository folder of a user's; gives its path. */
  repository(name: string, repository: string, files?: Files): Promise<string>;
  /** Writes /etc/devenv/policy.yaml anew: the first policy with these changes. */
  policy(changes?: Record<string, unknown>): Promise<void>;
  /** Ends sshd and starts it again with other settings. */
  restartSshd(settings?: Record<string, string>): Promise<void>;
  sshdLog(): string;
  audit(): Promise<AuditLine[]>;
  /** Every container with a user's uid on it. */
  containers(name: string): Promise<ContainerInspection[]>;
  /** The processes of the host, sshd's among them: pids. */
  processes(): Promise<number[]>;
  close(): Promise<void>;
}

/** Where devenv is installed on the host: a copy of the build, root's. */
export const installedProgram = '/usr/local/lib/devenv/bin/devenv.cjs';

/** What of this machine the host has a copy of: writing there changes nothing outside. */
const privateFolders = ['/etc', '/usr/local', '/var/log', '/var/cache', '/home', '/root'];

const cli = fileURLToPath(new URL('../../cli', import.meta.url));

/** describe() for what needs a shared host; where there can be none, its title says why. */
export const describeWithLoginHost = await decide();

/** Makes a shared host for a suite and takes it back after it, with everything in it. */
export function aLoginHost(options: LoginHostOptions = {}): LoginHost {
  const host = {} as LoginHost;
  beforeAll(async () => {
    Object.assign(host, await loginHost(options));
  });
  afterAll(() => host.close?.());
  return host;
}

/** A host with a real sshd and people who come in by it. Nothing of this machine is changed. */
export async function loginHost(options: LoginHostOptions = {}): Promise<LoginHost> {
  const { users = ['ann'], install = installDevenv } = options;
  const image = await loginImage();
  // Not below /tmp, which everybody may write to.
  const folder = await mkdtemp('/srv/devenv-test-');
  await execa('chmod', ['755', folder]);
  const accounts = describeAccounts(users, folder);
  const mounts = await openPrivateMounts(privateFolders);
  const host = assemble({ options, folder, image, accounts, mounts });
  try {
    await addAccounts(accounts, (argv) => host.asRoot(argv));
    await mkdir(join(folder, 'private'), { mode: 0o700 });
    await makeKey(join(folder, 'private/key'));
    const publicKey = await readFile(join(folder, 'private/key.pub'), 'utf8');
    for (const { name, home } of accounts) {
      await host.files(name, home, { '.ssh/authorized_keys': publicKey });
      await host.repository(name, 'shop', { 'devenv.yaml': `image: ${image}\n` });
    }
    await cp(join(cli, 'bin'), host.path('/usr/local/lib/devenv/bin'), { recursive: true });
    await cp(join(cli, 'dist'), host.path('/usr/local/lib/devenv/dist'), { recursive: true });
    await cp(join(cli, 'package.json'), host.path('/usr/local/lib/devenv/package.json'));
    await install(host);
    await host.policy();
    await host.restartSshd();
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}

/** As an administrator would, with the people of the host in the group that it is about. */
async function installDevenv(host: LoginHost): Promise<void> {
  await host.asRoot([process.execPath, installedProgram, 'login', 'install', '--yes']);
}

interface Parts {
  options: LoginHostOptions;
  folder: string;
  image: string;
  accounts: Account[];
  mounts: PrivateMounts;
}

function assemble({ options, folder, image, accounts, mounts }: Parts): LoginHost {
  let sshd: Sshd | undefined;
  const clientHome = join(folder, 'private');
  const clients = createClients(() => ({
    port: sshd!.port,
    key: join(clientHome, 'key'),
    home: clientHome,
  }));

  function account(name: string): Account {
    const found = accounts.find((one) => one.name === name);
    if (found === undefined) throw new Error(`${name} is not among the users of this host`);
    return found;
  }

  const host: LoginHost = {
    ...clients,
    folder,
    image,
    account,
    path: mounts.path,
    processes: mounts.processes,

    asRoot: async (argv, { input } = {}) => {
      const [file, ...args] = [...mounts.enter, ...argv];
      const streams = input === undefined ? { stdin: 'ignore' as const } : { input };
      const { stdout } = await execa(file!, args, { ...streams, env: rootsEnvironment, ...plain });
      return stdout;
    },

    asUser: async (name, argv) => {
      const { uid, gid, home } = account(name);
      const ids = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
      const [file, ...args] = [...mounts.enter, 'setpriv', ...ids, ...argv];
      const env = { ...rootsEnvironment, HOME: home, USER: name, LOGNAME: name };
      const result = await execa(file!, args, { env, ...plain, stdin: 'ignore', reject: false });
      const { stdout, stderr, exitCode = 255 } = result;
      return { stdout, stderr, status: exitCode };
    },

    files: async (name, where, files) => {
      const { uid, gid } = account(name);
      await makeFolder(where, uid, gid);
      for (const [path, text] of Object.entries(files)) {
        const file = join(where, path);
        await makeFolder(dirname(file), uid, gid);
        await writeFile(file, text, { mode: path.endsWith('.sh') ? 0o755 : 0o644 });
        await chown(file, uid, gid);
      }
    },

    repository: async (name, repository, files = {}) => {
      const path = join(account(name).repositories, repository);
      await host.files(name, path, files);
      return path;
    },

    policy: async (changes = {}) => {
      const policy = merge(merge(ownPolicy(folder, image), options.policy ?? {}), changes);
      await mkdir(mounts.path('/etc/devenv'), { recursive: true });
      await writeFile(mounts.path('/etc/devenv/policy.yaml'), stringify(policy), { mode: 0o644 });
    },

    restartSshd: async (settings = options.sshd) => {
      await sshd?.stop();
      sshd = await startSshd(mounts, clientHome, settings);
    },

    sshdLog: () => sshd?.log ?? '',

    audit: async () => {
      const file = mounts.path('/var/log/devenv/audit.log');
      const text = await readFile(file, 'utf8').catch(() => '');
      const lines = text.split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as AuditLine);
    },

    containers: async (name) => {
      const docker = testEngine();
      const listings = await docker.listContainers([`${labels.uid}=${account(name).uid}`]);
      const all = await Promise.all(listings.map(({ Id }) => docker.inspectContainer(Id)));
      return all.filter((one) => one !== undefined);
    },

    close: async () => {
      await mounts.close();
      await removeWorkspacesOf(accounts);
      await rm(folder, { recursive: true, force: true });
      await expectNothingLeft(accounts);
    },
  };
  return host;
}

/** Allows the people of the host what the tests are about, and nothing else. */
function ownPolicy(folder: string, image: string): Record<string, unknown> {
  return {
    engine: testEngineHost(),
    repositories: { default: `${folder}/repos/%u/shop`, roots: [`${folder}/repos/%u`] },
    images: { default: image, allow: ['devenv-test/**'] },
  };
}

function merge(policy: Record<string, unknown>, changes: Record<string, unknown>) {
  const merged = { ...policy };
  for (const [key, value] of Object.entries(changes)) {
    const old = merged[key];
    merged[key] = isMap(old) && isMap(value) ? { ...old, ...value } : value;
  }
  return merged;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Folders that are missing become the user's; others stay as they are. */
async function makeFolder(path: string, uid: number, gid: number): Promise<void> {
  if ((await lstat(path).catch(() => undefined)) !== undefined) return;
  await makeFolder(dirname(path), uid, gid);
  await mkdir(path);
  await chown(path, uid, gid);
}

const rootsEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
};

const plain = { extendEnv: false, stripFinalNewline: false } as const;

async function decide() {
  const reason = await noLoginHost();
  return (title: string, suite: () => void): void => {
    if (reason === undefined) describe(title, suite);
    else describe.skip(`${title} (skipped: ${reason})`, suite);
  };
}

async function noLoginHost(): Promise<string | undefined> {
  if (!process.env.DEVENV_TEST_HOST) return 'DEVENV_TEST_HOST is not set; npm test sets it';
  if (process.getuid?.() !== 0) return 'only root can add people to a host and start an sshd';
  const programs = ['sshd', 'sudo', 'visudo', 'ssh', 'scp', 'sftp', 'rsync', 'git', 'nsenter'];
  const isThere = (name: string) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
  const missing = programs.filter((name) => !isThere(name));
  if (missing.length > 0) return `not installed here: ${missing.join(', ')}`;
  return noPrivateMounts();
}
