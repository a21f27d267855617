import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labels } from '../../../cli/src/plan/labels.ts';
import { engineApi } from '../engine-api.ts';
import { testEngine } from '../engine.ts';
import { eventually } from '../eventually.ts';
import type { Account } from './accounts.ts';

/** Removes whatever the engine has of these people: containers, images, volumes and networks. */
export async function removeWorkspacesOf(accounts: Account[]): Promise<void> {
  const docker = testEngine();
  const api = engineApi();
  for (const { uid } of accounts) {
    const mine = `${labels.uid}=${uid}`;
    for (const { Id } of await docker.listContainers([mine])) await docker.removeContainer(Id);
    for (const { Id } of await docker.listImages([mine])) {
      await api.getImage(Id).remove({ force: true });
    }
    for (const { Name } of await docker.listVolumes([mine])) await docker.removeVolume(Name);
    const filters = { label: [mine] };
    for (const { Id } of await api.listNetworks({ filters })) await api.getNetwork(Id).remove();
  }
}

/** Notes in a host's folder whose it is, for the day when nobody is left to tidy it up. */
export async function noteMaker(folder: string, accounts: Account[]): Promise<void> {
  const note: Note = { maker: await identityOf(process.pid), accounts };
  await writeFile(join(folder, 'private/maker.json'), JSON.stringify(note));
}

/** Tidies up after hosts whose tests were killed. */
export async function removeAbandonedHosts(parent: string, prefix: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(prefix));
  for (const folder of names.map((name) => join(parent, name))) {
    const text = await readFile(join(folder, 'private/maker.json'), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const { maker, accounts } = JSON.parse(text) as Note;
    if ((await identityOf(Number.parseInt(maker))) === maker) continue;
    await removeWorkspacesOf(accounts);
    await rm(folder, { recursive: true, force: true });
  }
}

interface Note {
  maker: string;
  accounts: Account[];
}

/** A pid alone is given out again. */
async function identityOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return `${pid} ${text.slice(text.lastIndexOf(')')).split(' ')[20]}`;
}

/** Fails when anything of these people is still there after a while: what a test has left behind. */
export async function expectNothingLeft(accounts: Account[]): Promise<void> {
  const uids = accounts.map(({ uid }) => uid);
  await eventually(
    () => processesOf(uids),
    (left) => left.length === 0,
  );
}

/** The command lines of what runs as one of these uids, wherever it runs. */
export async function processesOf(uids: number[]): Promise<string[]> {
  const lines = await Promise.all(
    (await processIdsOf(uids)).map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return line.replaceAll('\0', ' ').trim();
    }),
  );
  // The dead have none.
  return lines.filter((line) => line !== '');
}

/** The pids of what runs as one of these uids, wherever it runs. */
export async function processIdsOf(uids: number[]): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const owned = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      const uid = Number(/^Uid:\t(\d+)/m.exec(status)?.[1]);
      return uids.includes(uid) ? [Number(pid)] : [];
    }),
  );
  return owned.flat();
}
