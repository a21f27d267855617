import { labels } from '../plan/labels.ts';
import type { Caller, PublishedPort } from '../plan/world.ts';
import type { Docker } from './docker.ts';
import { isFolderGone } from './host/is-folder-gone.ts';
import { observeContainer } from './observe.ts';

/** One of the caller's workspaces, as `devenv ls` shows it. */
export interface WorkspaceSummary {
  id: string;
  name: string;
  containerName: string;
  environment: string;
  root: string;
  /** Absolute path of the devenv file; '' when there is none. */
  file: string;
  /** Whether the folder is still there; undefined where the engine's files are not this host's. */
  rootExists: boolean | undefined;
  state: string;
  image: string;
  /** ISO 8601. */
  createdAt: string;
  ports: PublishedPort[];
  sessions: number;
}

/** All workspaces of the caller on this engine, sorted by name. */
export async function listWorkspaces(docker: Docker, caller: Caller): Promise<WorkspaceSummary[]> {
  const listings = await docker.listContainers([`${labels.uid}=${caller.uid}`, labels.id]);
  const all = await Promise.all(
    listings.map(async (listing): Promise<WorkspaceSummary | undefined> => {
      const facts = await observeContainer(docker, listing.Id);
      if (facts === undefined) return undefined;
      const label = (name: string): string => facts.labels[name] ?? '';
      return {
        id: label(labels.id),
        name: label(labels.name),
        containerName: facts.name,
        environment: label(labels.environment),
        root: label(labels.root),
        file: label(labels.file),
        rootExists: docker.local ? !(await isFolderGone(label(labels.root))) : undefined,
        state: facts.state,
        image: listing.Image,
        createdAt: facts.createdAt,
        ports: facts.ports,
        sessions: facts.sessions.length,
      };
    }),
  );
  return withoutLeftovers(all.filter((summary) => summary !== undefined)).sort(
    (one, other) => one.name.localeCompare(other.name) || one.root.localeCompare(other.root),
  );
}

/** A run that was killed may have left containers beside the one that counts. */
function withoutLeftovers(all: WorkspaceSummary[]): WorkspaceSummary[] {
  const rank = ({ containerName }: WorkspaceSummary): number =>
    ['-previous', '-next'].findIndex((ending) => containerName.endsWith(ending));
  const best = new Map<string, WorkspaceSummary>();
  for (const summary of all.toSorted((one, other) => rank(one) - rank(other))) {
    if (!best.has(summary.id)) best.set(summary.id, summary);
  }
  return [...best.values()];
}
