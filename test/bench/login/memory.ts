import { readFile, readlink } from 'node:fs/promises';
import { processIdsOf } from '../../support/login/leftovers.ts';
import type { LoginHost } from '../../support/login-host.ts';

/** KiB of memory, what processes share divided among them (PSS), and how many they are. */
export interface Memory {
  sshd: Share;
  /** The broker, and whatever else of devenv's runs beside it on the host. */
  broker: Share;
  /** sudo and shells that have stayed between sshd and the broker. */
  between: Share;
  /** What sessions have running inside: the shell and its guard. */
  inside: Share;
  /** docker's own client, where somebody uses it. */
  client: Share;
}

interface Share {
  kib: number;
  processes: number;
}

/** What the sessions of a host take now. The machine's other processes are not counted. */
export async function memoryOf(host: LoginHost, users: string[]): Promise<Memory> {
  const memory: Memory = {
    sshd: nothing(),
    broker: nothing(),
    between: nothing(),
    inside: nothing(),
    client: nothing(),
  };
  const outside = await host.processIds();
  for (const pid of outside) add(memory[kindOf(await programOf(pid))], await pssOf(pid));
  const ids = await processIdsOf(users.map((name) => host.account(name).uid));
  for (const pid of ids.filter((id) => !outside.includes(id))) {
    add(memory.inside, await pssOf(pid));
  }
  return memory;
}

/** What one more session takes, from what so many take. */
export function perSession(before: Memory, after: Memory, sessions: number): Memory {
  const share = (kind: keyof Memory): Share => ({
    kib: (after[kind].kib - before[kind].kib) / sessions,
    processes: (after[kind].processes - before[kind].processes) / sessions,
  });
  return {
    sshd: share('sshd'),
    broker: share('broker'),
    between: share('between'),
    inside: share('inside'),
    client: share('client'),
  };
}

function nothing(): Share {
  return { kib: 0, processes: 0 };
}

function add(share: Share, kib: number | undefined): void {
  if (kib === undefined) return;
  share.kib += kib;
  share.processes += 1;
}

function kindOf(program: string): keyof Memory {
  if (/\/sshd(-session)?$/.test(program)) return 'sshd';
  if (program.endsWith('/node')) return 'broker';
  return program.endsWith('/docker') ? 'client' : 'between';
}

function programOf(pid: number): Promise<string> {
  return readlink(`/proc/${pid}/exe`).catch(() => '');
}

/** undefined: it has ended meanwhile. */
async function pssOf(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const [, kib] = /^Pss:\s+(\d+) kB$/m.exec(text) ?? [];
  return kib === undefined ? undefined : Number(kib);
}
