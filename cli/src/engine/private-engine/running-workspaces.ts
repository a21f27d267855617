import { labels } from '../../plan/labels.ts';
import type { ContainerFacts } from '../../plan/world.ts';
import { observeContainer } from '../observe.ts';
import { engineFiles } from './engine-files.ts';
import { type EngineOwner, ownEngineFolders } from './owner.ts';
import { answersPing } from './ping.ts';

/** A workspace that ends with the engine it runs on. */
export interface RunningWorkspace {
  id: string;
  name: string;
  environment: string;
  folder: string;
  sessions: number;
}

/**
 * The workspaces that run on the owner's private engine, sorted by name; none where it does not
 * answer. They may be anybody's: root's engine is one for the machine.
 */
export async function runningWorkspaces(owner: EngineOwner): Promise<RunningWorkspace[]> {
  const { socket } = engineFiles(ownEngineFolders(owner));
  if (!(await answersPing(socket))) return [];
  const { Docker } = await import('../docker.ts');
  const docker = new Docker({ host: `unix://${socket}` });
  const listings = await docker.listContainers([labels.id]);
  const running = listings.filter(({ State }) => !ended.includes(State));
  const found = await Promise.all(running.map(({ Id }) => observeContainer(docker, Id)));
  return byWorkspace(found.filter((container) => container !== undefined)).sort(
    (one, other) => one.name.localeCompare(other.name) || one.folder.localeCompare(other.folder),
  );
}

const ended = ['created', 'exited', 'dead'];

/** A run that was killed may have left two containers of one workspace. */
function byWorkspace(containers: ContainerFacts[]): RunningWorkspace[] {
  const workspaces = new Map<string, RunningWorkspace>();
  for (const container of containers) {
    const label = (name: string): string => container.labels[name] ?? '';
    const id = label(labels.id);
    const counted = workspaces.get(id)?.sessions ?? 0;
    workspaces.set(id, {
      id,
      name: label(labels.name),
      environment: label(labels.environment),
      folder: label(labels.root),
      sessions: counted + container.sessions.length,
    });
  }
  return [...workspaces.values()];
}
