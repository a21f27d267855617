import { readFile, readdir } from 'node:fs/promises';
import Dockerode from 'dockerode';
import { labels } from '../../../cli/src/plan/labels.ts';
import { testEngine } from '../engine.ts';
import { eventually } from '../eventually.ts';
import type { Account } from './accounts.ts';

/** Removes whatever the engine has of these people: containers, volumes and networks. */
export async function removeWorkspacesOf(accounts: Account[]): Promise<void> {
  const docker = testEngine();
  for (const { uid } of accounts) {
    const mine = `${labels.uid}=${uid}`;
    for (const { Id } of await docker.listContainers([mine])) await docker.removeContainer(Id);
    for (const { Name } of await docker.listVolumes([mine])) await docker.removeVolume(Name);
    const filters = { label: [mine] };
    for (const { Id } of await api().listNetworks({ filters })) await api().getNetwork(Id).remove();
  }
}

/** Fails when anything of these people is still there after a while: what a test has left behind. */
export async function expectNothingLeft(accounts: Account[]): Promise<void> {
  const uids = accounts.map(({ uid }) => uid);
  await eventually(
    () => processesOf(uids),
    (left) => left.length === 0,
  );
}

/** The driver knows no networks. */
function api(): Dockerode {
  return new Dockerode({ socketPath: testEngine().host.replace('unix://', '') });
}

/** The processes that run as one of these uids, wherever they are. */
export async function processesOf(uids: number[]): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      const uid = Number(/^Uid:\t(\d+)/m.exec(status)?.[1]);
      const zombie = /^State:\tZ/m.test(status);
      return uids.includes(uid) && !zombie ? [`${pid} ${/^Name:\t(.*)/.exec(status)?.[1]}`] : [];
    }),
  );
  return found.flat();
}
