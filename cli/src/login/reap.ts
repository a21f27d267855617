import { DevenvError } from '../errors.ts';
import { parseAddress } from '../engine/discovery/address.ts';
import { Docker } from '../engine/docker.ts';
import { workspaceFolder } from '../engine/host/workspace-folder.ts';
import { labels } from '../plan/labels.ts';
import type { ContainerListing } from '../engine/docker/answers.ts';
import { policyFor } from './admit.ts';
import { lastUse } from './last-used.ts';
import { findPerson } from './person.ts';
import { planReap, type RunningWorkspace } from './plan-reap.ts';
import type { Premises } from './premises.ts';
import { listSessions, type LoginSession } from './registry.ts';

/** Seconds that a workspace gets to stop. */
const stopTimeout = 10;

export interface ReapOptions {
  policyFile: string;
  /** The engine's address. */
  host: string;
  premises: Premises;
  dryRun: boolean;
  now: number;
}

/** Stops the workspaces that have been idle for too long, and gives them. */
export async function reap(options: ReapOptions): Promise<RunningWorkspace[]> {
  const { host, premises, dryRun, now } = options;
  const docker = new Docker({ host: parseAddress(host, 'the policy') });
  // Nobody's workspace runs on an engine of their own that does not.
  if (premises.own && !(await answers(docker))) return [];
  const listings = await docker.listContainers([labels.id, labels.confined]);
  const running = listings.filter(({ State }) => State === 'running');
  const sessions = await listSessions(premises.sessionsFolder);
  const workspaces = await Promise.all(
    running.map((listing) => describe(docker, listing, sessions, options)),
  );
  const idle = planReap(workspaces, now);
  if (!dryRun) for (const { container } of idle) await docker.stopContainer(container, stopTimeout);
  return idle;
}

async function answers(docker: Docker): Promise<boolean> {
  try {
    await docker.ping();
    return true;
  } catch (error) {
    if (error instanceof DevenvError && error.code === 'engine_unreachable') return false;
    throw error;
  }
}

async function describe(
  docker: Docker,
  { Names, Labels }: ContainerListing,
  sessions: LoginSession[],
  { policyFile, premises: { stateFolder } }: ReapOptions,
): Promise<RunningWorkspace> {
  const container = (Names[0] ?? '').replace(/^\//, '');
  const folder = workspaceFolder(stateFolder, Labels[labels.id] ?? '');
  const uid = Labels[labels.uid] ?? '';
  const inspection = await docker.inspectContainer(container);
  const started = Date.parse(inspection?.State.StartedAt ?? '') || 0;
  const used = (await lastUse(folder))?.getTime() ?? 0;
  return {
    container,
    uid: Number(uid),
    root: Labels[labels.root] ?? '',
    sessions: sessions.filter((session) => session.container === container).length,
    lastUsed: Math.max(started, used),
    idleStop: await idleStopFor(uid, policyFile),
  };
}

/** Whoever has no account any more needs no workspace that runs. */
async function idleStopFor(uid: string, policyFile: string): Promise<number | undefined> {
  const person = await findPerson(uid).catch(() => undefined);
  if (person === undefined) return 0;
  return (await policyFor(person, policyFile)).policy.idleStop;
}
