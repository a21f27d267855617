import type { Readable, Writable } from 'node:stream';
import { DevenvError } from '../errors.ts';
import { parseAddress } from '../engine/discovery/address.ts';
import { Docker } from '../engine/docker.ts';
import { makeRunFolder, workspaceFolder } from '../engine/host/workspace-folder.ts';
import { glance } from '../engine/observe.ts';
import { runSession } from '../engine/session.ts';
import { accountOf } from '../engine/session/context.ts';
import { converge, type ConvergeOptions } from '../engine/converge.ts';
import type { Workspace } from '../engine/workspace.ts';
import { isConfined } from '../plan/confine.ts';
import { identify } from '../plan/identity.ts';
import type { ContainerFacts, Glance } from '../plan/world.ts';
import { admit, policyFor, type Admission, type AdmitOptions } from './admit.ts';
import { openAudit, type Audit, type AuditRecord } from './audit.ts';
import { chooseEntry, type EntryIntent } from './choose-entry.ts';
import { forwardAgent } from './forward-agent.ts';
import { noteUse } from './last-used.ts';
import { patienceAmong } from './patience.ts';
import { personalFiles } from './personal-files.ts';
import { dockerConfigFolder } from './places.ts';
import { demandFit, type Premises } from './premises.ts';
import { enterSession, listSessions, rankOf } from './registry.ts';
import type { LoginRequest } from './request.ts';
import { lacksService, requestArgv } from './session-argv.ts';

export interface LoginOptions extends Omit<AdmitOptions, 'repository'> {
  request: LoginRequest;
  premises: Premises;
  /** Address and port of the client, as the environment says. */
  from: string | undefined;
  /** What travels into the session: TERM, LANG and LC_* alone. */
  environment: Record<string, string>;
  /** SSH_AUTH_SOCK: the agent that the person has forwarded, as the environment says. */
  agentSocket: string | undefined;
  tty: boolean;
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  /** Runs what takes a while, with its progress shown and its interruption heard. */
  work: <T>(run: (tools: ConvergeOptions) => Promise<T>) => Promise<T>;
  /** Tells the person something that is no failure. */
  say: (text: string) => Promise<void>;
}

/**
 * The way of somebody who has logged in, from who they are to the end of their session; gives its
 * exit status. There is no other way: whatever fails is thrown, and noted in the audit log before.
 */
export async function logIn(options: LoginOptions): Promise<number> {
  const { person, policyFile, request, premises } = options;
  const started = Date.now();
  let audit: Audit = openAudit(premises.audit, () => new Date());
  const record: Omit<AuditRecord, 'event'> = {
    uid: person.uid,
    user: person.name,
    from: options.from,
    repository: request.repository,
    command: request.command?.toString('utf8'),
  };
  try {
    const personal = await policyFor(person, policyFile);
    demandFit(premises, personal.policy);
    audit = openAudit(personal.policy.audit, () => new Date());
    const admission = await admit(personal, {
      ...options,
      repository: request.repository,
      onFound: (folder) => (record.repository = folder),
    });
    return await enterWorkspace(admission, options, audit, record);
  } catch (error) {
    const { message, details = [] } = error as Partial<DevenvError> & Error;
    const denied = error instanceof DevenvError && error.code === 'denied';
    const reasons = [message, ...details];
    const durationMs = Date.now() - started;
    await audit({ ...record, event: denied ? 'denied' : 'failed', reasons, durationMs });
    throw error;
  }
}

async function enterWorkspace(
  admission: Admission,
  options: LoginOptions,
  audit: Audit,
  record: Omit<AuditRecord, 'event'>,
): Promise<number> {
  const { config, policy, notices } = admission;
  const { person, tty, say } = options;
  const { sessionsFolder } = options.premises;
  const workspace = openWorkspace(admission, options);
  const container = workspace.identity.containerName;
  const entry = {
    uid: person.uid,
    user: person.name,
    since: new Date().toISOString(),
    from: options.from,
    repository: config.project.root,
    container,
    tty,
  };
  const { session, leave } = await enterSession(entry, sessionsFolder);
  try {
    const all = await listSessions(sessionsFolder);
    if (rankOf(session, all) >= policy.maxSessions) throw tooMany(policy.maxSessions);
    const patience = patienceAmong(all, Date.now());
    await withPatience(workspace.docker.ping(), workspace.docker.host, patience);
    if (tty) for (const notice of notices) await say(notice);
    const others = all.filter((one) => one.container === container && one.pid !== session.pid);
    const facts = await provide(workspace, others.length, patience, options);
    await Promise.all([
      audit({ ...record, event: 'start', container }),
      noteUse(workspace.folder, new Date()),
    ]);
    const started = Date.now();
    const exitStatus = await runRequest(workspace, facts, options);
    const { bytesRead: bytesIn = 0 } = options.stdin as { bytesRead?: number };
    const { bytesWritten: bytesOut = 0 } = options.stdout as { bytesWritten?: number };
    const durationMs = Date.now() - started;
    await audit({ ...record, event: 'end', container, exitStatus, durationMs, bytesIn, bytesOut });
    return exitStatus;
  } finally {
    await noteUse(workspace.folder, new Date());
    await leave();
  }
}

function openWorkspace(
  admission: Admission,
  { person, environment, program, premises }: LoginOptions,
): Workspace {
  const { config, policy, source, secrets, dockerfile } = admission;
  const identity = identify(config.project, person);
  return {
    config,
    caller: person,
    source,
    identity,
    docker: new Docker({ host: parseAddress(policy.engine, 'the policy') }),
    environment: {
      ...environment,
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      DOCKER_CONFIG: dockerConfigFolder,
    },
    secrets: () => Promise.resolve(secrets),
    folder: workspaceFolder(premises.stateFolder, identity.id),
    cacheFolder: premises.cacheFolder,
    buildFiles:
      config.image.kind === 'build' && dockerfile !== undefined
        ? personalFiles(program, person, config.image, dockerfile.text)
        : undefined,
    warnings: [],
  };
}

/** Brings the workspace to where a session can begin: confined, and as the policy is now. */
async function provide(
  workspace: Workspace,
  others: number,
  patience: number,
  { work, tty, say }: LoginOptions,
): Promise<ContainerFacts> {
  const now = await withPatience(glance(workspace), workspace.docker.host, patience);
  const intent = chooseEntry(workspace.config, now, { others, tty });
  if (intent !== undefined) {
    const reach = (wanted: EntryIntent): Promise<unknown> =>
      work((tools) =>
        converge(workspace, wanted, {
          ...tools,
          // What the policy demands is not up to the person; their sessions are.
          confirm: (question) => {
            if (wanted.kind !== 'up' || !wanted.forced) return tools.confirm(question);
            if (others > 0) throw policyHasChanged(others);
            return Promise.resolve(true);
          },
        }),
      );
    await reach(intent).catch(async (error: unknown) => {
      if (!canDoWithout(error, intent, now)) throw error;
      // Where else should they correct the Dockerfile?
      for (const line of [error.message, ...error.details]) await say(line);
      await say('So you are in the workspace as it was before.');
      await reach({ kind: 'enter', hooks: true });
    });
  }
  const { container, confined } = intent === undefined ? now : await glance(workspace);
  if (container?.state === 'running' && isConfined(container, confined)) return container;
  throw new DevenvError('session_failed', 'The workspace was stopped while it was entered.', {
    hint: 'Log in again.',
  });
}

/** Whether it is a build that has failed, with a workspace there that the policy has nothing against. */
function canDoWithout(
  error: unknown,
  intent: EntryIntent,
  { container }: Glance,
): error is DevenvError {
  const isRenewal = intent.kind === 'up' && !intent.forced && container !== undefined;
  return isRenewal && error instanceof DevenvError && error.code === 'build_failed';
}

async function runRequest(
  workspace: Workspace,
  container: ContainerFacts,
  options: LoginOptions,
): Promise<number> {
  const { request, tty, stdin, stdout, stderr, say } = options;
  const argv = requestArgv(request, accountOf(container).shell);
  const agent = await openAgent(workspace, options);
  const status = await runSession(workspace, container, {
    command: argv === undefined ? { kind: 'shell' } : { kind: 'argv', argv },
    cwd: workspace.config.project.root,
    root: false,
    tty,
    stdin,
    stdout,
    stderr,
    keepsNohup: true,
    ...(agent && { variables: agent.variables }),
  }).finally(() => agent?.close());
  const missing = status === 127 ? lacksService(request) : undefined;
  if (missing !== undefined) await say(missing);
  return status;
}

async function openAgent(
  { config, folder }: Workspace,
  { agentSocket, program, person }: LoginOptions,
): Promise<Awaited<ReturnType<typeof forwardAgent>> | undefined> {
  if (!config.forward.sshAgent || agentSocket === undefined) return undefined;
  await makeRunFolder(folder);
  return forwardAgent(program, person, agentSocket, folder.run);
}

async function withPatience<T>(asked: Promise<T>, host: string, patience: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    // An answer that has come while this process had no processor still counts.
    timer = setTimeout(() => setImmediate(() => reject(silent(host))), patience);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

function silent(host: string): DevenvError {
  return new DevenvError('engine_unreachable', `The engine at ${host} does not answer.`, {
    hint: 'Tell the administrator of this host; there is no other way in.',
  });
}

function tooMany(most: number): DevenvError {
  return new DevenvError('denied', `You have ${most} sessions here, which is as many as you may.`, {
    hint: 'End one of them, or ask the administrator of this host.',
    details: ['sessions.max_per_user'],
  });
}

function policyHasChanged(others: number): DevenvError {
  const message = `Your workspace has to be made anew for what the policy says now, which would end ${others === 1 ? 'your other session' : `your ${others} other sessions`}.`;
  return new DevenvError('denied', message, { hint: 'End them, then log in again.' });
}
