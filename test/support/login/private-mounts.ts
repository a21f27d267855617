import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readlink } from 'node:fs/promises';
import { execa } from 'execa';
import { eventually } from '../eventually.ts';

/** A view of this machine's files in which some folders can be written to and change nothing. */
export interface PrivateMounts {
  /** Arguments before a command's own that run it in there: `nsenter …`. */
  enter: string[];
  /** Where a file of that view is to be found from outside. */
  path(path: string): string;
  /** The processes that live in there. */
  processes(): Promise<number[]>;
  /** Ends every process in there; with the last one the mounts are gone. */
  close(): Promise<void>;
}

/**
 * A mount namespace in which each of `folders` is an overlay over the machine's own, with what is
 * written kept in memory. Everything else is the machine's, sockets and devices too.
 */
export async function openPrivateMounts(folders: string[]): Promise<PrivateMounts> {
  const script = `${overlays(folders)}\necho ready\n${endWithInput}`;
  const unshare = ['--mount', '--propagation', 'private', 'sh', '-euc', script];
  const holder = spawn('unshare', unshare, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  const ready = await Promise.race([once(holder.stdout, 'data'), ended.then(() => undefined)]);
  if (ready === undefined) throw new Error(`no private mounts: unshare ended with an error`);

  const namespace = `/proc/${holder.pid}/ns/mnt`;
  const identity = await readlink(namespace);
  const processes = () => processesIn(identity);
  return {
    enter: ['nsenter', `--mount=${namespace}`, '--'],
    path: (path) => `/proc/${holder.pid}/root${path}`,
    processes,
    close: async () => {
      // What is being started while the others are ended is met at the next look.
      await eventually(
        async () => {
          const all = await processes();
          for (const pid of all) kill(pid);
          return all;
        },
        (all) => all.length === 0,
      );
      await ended;
    },
  };
}

/** Its input is a pipe of ours: however we end, everything in there ends with us. */
const endWithInput = `
trap '' INT TERM HUP
cat >/dev/null
own=$(readlink /proc/self/ns/mnt)
for process in /proc/[0-9]*; do
  [ "$(readlink "$process/ns/mnt")" = "$own" ] || continue
  [ "\${process#/proc/}" = $$ ] || kill -KILL "\${process#/proc/}"
done 2>/dev/null
`;

/** Why there can be no private mounts here; undefined where there can. */
export async function noPrivateMounts(): Promise<string | undefined> {
  const script = overlays(['/etc']);
  const argv = ['--mount', '--propagation', 'private', 'sh', '-euc', script];
  const { failed } = await execa('unshare', argv, { reject: false });
  return failed ? 'unshare and overlay mounts do not work here' : undefined;
}

function overlays(folders: string[]): string {
  const memory = '/mnt';
  const mounts = folders.map((folder, index) => {
    const [upper, work] = [`${memory}/${index}/upper`, `${memory}/${index}/work`];
    const options = `lowerdir=${folder},upperdir=${upper},workdir=${work}`;
    return [
      `mkdir -p ${upper} ${work}`,
      // The root of an overlay is its upper folder's.
      `chmod --reference=${folder} ${upper}`,
      `mount -t overlay -o ${options} overlay ${folder}`,
    ].join('\n');
  });
  return [`mount -t tmpfs -o mode=700 tmpfs ${memory}`, ...mounts, `umount -l ${memory}`].join(
    '\n',
  );
}

async function processesIn(namespace: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const inside = await Promise.all(
    pids.map(async (pid) => {
      const own = await readlink(`/proc/${pid}/ns/mnt`).catch(() => undefined);
      return own === namespace ? [Number(pid)] : [];
    }),
  );
  return inside.flat();
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
