import { spawnSync } from 'node:child_process';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rm,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe } from 'vitest';
import { stringify } from 'yaml';
import type { ContainerInspectInfo } from 'dockerode';
import { labels } from '../../cli/src/plan/labels.ts';
import { program } from './cli.ts';
import { engineApi } from './engine-api.ts';
import { testEngineHost } from './engine.ts';
import { addAccounts, describeAccounts, type Account } from './login/accounts.ts';
import { createClients, type Clients } from './login/clients.ts';
import { loginImage } from './login/image.ts';
import {
  expectNothingLeft,
  noteMaker,
  processesOf,
  removeAbandonedHosts,
  removeWorkspacesOf,
} from './login/leftovers.ts';
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
  /** How the login shell comes in: sshd's ForceCommand, the shell of the passwd entry, or both. */
  door?: 'ForceCommand' | 'passwd shell' | 'both';
  /** Settings for sshd before those of its file, such as `{ AcceptEnv: '*' }`. */
  sshd?: Record<string, string>;
  /** Instead of `devenv login install`. */
  install?: (host: LoginHost, options: LoginHostOptions) => Promise<void>;
}

export interface LoginHost extends Clients {
  /** A folder of the machine's own, for what is mounted into containers; root's, open to all. */
  folder: string;
  image: string;
  account(name: string): Account;
  /** Runs a command as root on the host; fails when it fails. */
  asRoot(argv: string[], options?: { input?: string }): Promise<string>;
  /** Writes a file of root's on the host. */
  writeAsRoot(path: string, text: string): Promise<void>;
  /** Runs this build's devenv as root on the host. */
  devenv(args: string[]): Promise<string>;
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
  containers(name: string): Promise<ContainerInspectInfo[]>;
  /** The pids of all that runs on the host now, workspaces not included. */
  processIds(): Promise<number[]>;
  /** The key that the clients have, as authorized_keys wants it. */
  publicKey(): Promise<string>;
  /** The pids of the brokers that run now. */
  brokers(): Promise<number[]>;
  /** The command lines of what runs as a user, in containers and on the host. */
  processesOf(name: string): Promise<string[]>;
  close(): Promise<void>;
}

/** Where `devenv login install` puts the login shell, and what sudo runs for it. */
export const loginShell = '/usr/local/bin/devenv-shell';
export const loginBroker = '/usr/local/lib/devenv/login-broker';

/** What of this machine the host has a copy of: writing there changes nothing outside. */
const privateFolders = ['/etc', '/usr/local', '/var/log', '/var/cache', '/home', '/root'];

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
  await removeAbandonedHosts('/srv', 'devenv-test-');
  const folder = await mkdtemp('/srv/devenv-test-');
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'private'), { mode: 0o700 });
  const accounts = describeAccounts(users, folder);
  await noteMaker(folder, accounts);
  const mounts = await openPrivateMounts(privateFolders);
  const host = assemble({ options, folder, image, accounts, mounts });
  try {
    await addAccounts(accounts, (argv) => host.asRoot(argv));
    await makeKey(join(folder, 'private/key'));
    const publicKey = await host.publicKey();
    for (const { name, home } of accounts) {
      await host.files(name, home, { '.ssh/authorized_keys': publicKey });
      await host.repository(name, 'shop', { 'devenv.yaml': `image: ${image}\n` });
    }
    // It would greet everybody, and write down the greeting in the machine's own /run.
    await host.asRoot(['sed', '-i', '/pam_motd/d', '/etc/pam.d/sshd']);
    await install(host, options);
    await host.policy();
    await host.restartSshd();
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}

/** As an administrator would; then come the people who are to have it, and their shell. */
export async function installDevenv(
  host: LoginHost,
  { users = ['ann'], door = 'both' }: LoginHostOptions,
): Promise<void> {
  await host.devenv(['login', 'install', '--yes']);
  await host.asRoot(['groupadd', '--force', 'devenv']);
  for (const name of users) {
    await host.asRoot(['usermod', '--append', '--groups', 'devenv', name]);
    if (door !== 'ForceCommand') await host.asRoot(['usermod', '--shell', loginShell, name]);
  }
  if (door === 'passwd shell') await rm(host.path('/etc/ssh/sshd_config.d/50-devenv.conf'));
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
    processIds: mounts.processes,
    publicKey: () => readFile(join(clientHome, 'key.pub'), 'utf8'),
    brokers: async () => {
      const all = await mounts.processes();
      const executables = all.map((pid) => readlink(`/proc/${pid}/exe`).catch(() => ''));
      const isNode = (await Promise.all(executables)).map((path) => path.endsWith('/node'));
      return all.filter((_, index) => isNode[index]);
    },
    processesOf: (name) => processesOf([account(name).uid]),

    asRoot: async (argv, { input } = {}) => {
      const [file, ...args] = [...mounts.enter, ...argv];
      const streams = input === undefined ? { stdin: 'ignore' as const } : { input };
      const { stdout } = await execa(file!, args, { ...streams, env: rootsEnvironment, ...plain });
      return stdout;
    },

    writeAsRoot: async (path, text) => {
      await mkdir(dirname(mounts.path(path)), { recursive: true });
      await writeFile(mounts.path(path), text, { mode: 0o644 });
    },

    devenv: (args) => host.asRoot([process.execPath, program, ...args]),

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
      await host.writeAsRoot('/etc/devenv/policy.yaml', stringify(policy));
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
      const label = [`${labels.uid}=${account(name).uid}`];
      const listings = await engineApi().listContainers({ all: true, filters: { label } });
      return Promise.all(listings.map(({ Id }) => engineApi().getContainer(Id).inspect()));
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
