import { posix } from 'node:path';
import type { Config } from '../../config/config.ts';
import { rootAccount, type Account } from '../../plan/account.ts';
import { labels } from '../../plan/labels.ts';
import { runFolderInside } from '../../plan/mounts.ts';
import type { ContainerFacts } from '../../plan/world.ts';
import { certificateEnvironment, proxyEnvironment } from './host-certificates.ts';
import { shareCertificates } from './share-certificates.ts';
import { relayGitCredentials } from '../relay/git-credentials.ts';
import { relaySshAgent } from '../relay/ssh-agent.ts';
import type { ReadSecrets } from './read-secrets-once.ts';
import { makeRunFolder, type WorkspaceFolder } from '../host/workspace-folder.ts';

/** What a session or a hook runs with, and what has to be let go when it ends. */
export interface SessionContext {
  user: string;
  environment: Record<string, string>;
  close(): Promise<void>;
}

interface Input {
  config: Config;
  container: ContainerFacts;
  folder: WorkspaceFolder;
  /** The caller's environment on the host. */
  environment: NodeJS.ProcessEnv;
  secrets: ReadSecrets;
  /** Whether the container can see the run folder. */
  local: boolean;
  root: boolean;
}

/** The caller's variables that a terminal session cannot do without. */
const travelling = ['TERM', 'LANG', 'LC_ALL', 'LC_CTYPE', 'COLORTERM', 'TZ', 'NO_COLOR'];

/** Gathers what sessions get from the host now: terminal, certificates, proxies, agent, secrets. */
export async function openSessionContext(input: Input): Promise<SessionContext> {
  const { config, container, folder, environment } = input;
  // Before anything is opened that would have to be let go of.
  const secrets = await input.secrets();
  const account = accountOf(container);
  const person = input.root ? rootAccount(account) : account;
  if (input.local) await makeRunFolder(folder);
  const forwards = input.local ? await openForwards(input) : [];
  return {
    user: input.root ? '0:0' : `${person.uid}:${person.gid}`,
    environment: {
      ...pick(environment, travelling),
      ...(config.forward.proxy ? proxyEnvironment(environment) : {}),
      ...Object.fromEntries(forwards.flatMap((one) => Object.entries(one.environment))),
      HOME: person.home,
      USER: person.name,
      LOGNAME: person.name,
      SHELL: person.shell,
      DEVENV: config.project.name,
      DEVENV_ROOT: config.workspace,
      ...config.environment,
      ...secrets,
    },
    close: () => closeAll(forwards),
  };
}

/** Who the sessions of a container run as, as its label says. */
export function accountOf(container: ContainerFacts): Account {
  return JSON.parse(container.labels[labels.account] ?? '{}') as Account;
}

/** The folder inside that corresponds to the caller's; the project's where there is none. */
export function folderInside(container: ContainerFacts, cwd: string): string {
  const workspace = container.labels[labels.workspace] ?? '/';
  const source = container.labels[labels.source];
  if (source === undefined) return workspace;
  const { host, inside } = JSON.parse(source) as { host: string; inside: string };
  const rest = posix.relative(host, cwd);
  return /^\.\.(\/|$)/.test(rest) ? workspace : posix.join(inside, rest);
}

interface OpenForward {
  environment: Record<string, string>;
  close(): Promise<void>;
}

async function openForwards({ config, folder, environment }: Input): Promise<OpenForward[]> {
  const { forward } = config;
  const results = await Promise.allSettled([
    forward.caCertificates ? forwardCertificates(folder, environment) : undefined,
    forward.sshAgent ? forwardAgent(folder, environment) : undefined,
    forward.gitCredentials ? forwardGit(folder) : undefined,
  ]);
  const opened = results
    .map((result) => (result.status === 'fulfilled' ? result.value : undefined))
    .filter((one) => one !== undefined);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return opened;
  await closeAll(opened);
  throw failed.reason;
}

async function closeAll(forwards: OpenForward[]): Promise<void> {
  await Promise.all(forwards.map((forward) => forward.close()));
}

async function forwardCertificates(
  folder: WorkspaceFolder,
  environment: NodeJS.ProcessEnv,
): Promise<OpenForward | undefined> {
  const name = await shareCertificates(folder, environment);
  if (name === undefined) return undefined;
  return {
    environment: certificateEnvironment(posix.join(runFolderInside, name)),
    close: async () => {},
  };
}

async function forwardAgent(
  folder: WorkspaceFolder,
  environment: NodeJS.ProcessEnv,
): Promise<OpenForward | undefined> {
  const socketPath = environment.SSH_AUTH_SOCK;
  if (socketPath === undefined || socketPath === '') return undefined;
  const relay = await relaySshAgent({ socketPath, folder: folder.run });
  return {
    environment: { SSH_AUTH_SOCK: posix.join(runFolderInside, relay.name) },
    close: () => relay.close(),
  };
}

async function forwardGit(folder: WorkspaceFolder): Promise<OpenForward> {
  return relayGitCredentials({ folder: folder.run });
}

function pick(environment: NodeJS.ProcessEnv, names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
