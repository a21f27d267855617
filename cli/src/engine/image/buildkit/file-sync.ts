import { once } from 'node:events';
import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { status, type handleBidiStreamingCall, type ServerDuplexStream } from '@grpc/grpc-js';
import { unreadable } from '../build-context.ts';
import { isVanished, type ContextEntry } from '../context-walk.ts';
import { deviceNumbers, inodeOf } from '../tar-header.ts';
import { method, type Service } from './service.ts';

/** What the engine can ask for, by the name under which it asks: `context`, `dockerfile`. */
export type SyncedFolders = Record<string, SyncedFolder>;

export interface SyncedFolder {
  /** Real absolute path; '' where every file has its content here. */
  root: string;
  entries(): AsyncIterable<SyncedEntry[]>;
}

/** A file of this host, or one that exists in memory only. */
export type SyncedEntry = ContextEntry | { path: string; content: Buffer };

interface Packet {
  type: number;
  stat?: Stat | null;
  ID?: number;
  data?: Buffer;
}

interface Stat {
  path: string;
  mode: number;
  size?: number;
  modTime?: number;
  /** Where a symbolic link leads, or the first name of a file that has several. */
  linkname?: string;
  devmajor?: number;
  devminor?: number;
}

/** github.com/tonistiigi/fsutil, types/wire.proto */
const packetType = { stat: 0, request: 1, data: 2, end: 3, error: 4 };

/** Bits of Go's os.FileMode, which differ from those of stat(2). */
const goMode = {
  directory: 2 ** 31,
  symlink: 2 ** 27,
  device: 2 ** 26,
  fifo: 2 ** 25,
  setuid: 2 ** 23,
  setgid: 2 ** 22,
  characterDevice: 2 ** 21,
  sticky: 2 ** 20,
};

type Call = ServerDuplexStream<Packet, Packet>;

/**
 * Sends folders as BuildKit's own client does (fsutil's protocol over FileSync.DiffCopy): first
 * what there is, then the content of what the engine asks for. It remembers what it was sent for
 * the same folder before, and asks for what has changed since. .dockerignore has been applied
 * already, so that the engine is told that there is none.
 *
 * @param tell.sent Told how many bytes have been sent.
 * @param tell.failed Told what could not be sent. The engine gets only its message, and fails.
 */
export function fileSyncService(
  folders: SyncedFolders,
  tell: { sent: (bytes: number) => void; failed: (error: Error) => void },
): Service {
  const diffCopy: handleBidiStreamingCall<Packet, Packet> = (call) => {
    const [name = ''] = call.metadata.get('dir-name').map(String);
    // gRPC joins several values of a header.
    const wanted = call.metadata.get('followpaths').flatMap((paths) => String(paths).split(', '));
    const onlyRules = wanted.length > 0 && wanted.every((path) => path.endsWith('.dockerignore'));
    const folder = onlyRules ? nothing : folders[name];
    if (folder === undefined) {
      call.emit('error', { code: status.NOT_FOUND, details: `there is no folder ${name}` });
      return;
    }
    send(call, folder, tell.sent).catch((error: Error) => {
      if (!call.cancelled) tell.failed(error);
      call.write({ type: packetType.error, data: Buffer.from(error.message) });
      call.end();
    });
  };
  return {
    definition: {
      DiffCopy: method('/moby.filesync.v1.FileSync/DiffCopy', ['Packet', 'Packet'], {
        streams: true,
      }),
    },
    implementation: { DiffCopy: diffCopy },
  };
}

const nothing: SyncedFolder = { root: '', entries: async function* () {} };

async function send(
  call: Call,
  folder: SyncedFolder,
  onSent: (bytes: number) => void,
): Promise<void> {
  const sent: SyncedEntry[] = [];
  // The engine asks for the first files while it is told of the last.
  await Promise.all([list(call, folder, sent), answerRequests(call, sent, onSent)]);
}

/** Tells what there is; `sent` then has it by the number under which the engine asks for it. */
async function list(call: Call, folder: SyncedFolder, sent: SyncedEntry[]): Promise<void> {
  const folders = new Set(['']);
  const inodes = new Map<string, string>();
  const add = async (entry: SyncedEntry): Promise<void> => {
    const inode = 'type' in entry ? inodeOf(entry) : undefined;
    const linked = inode && inodes.get(inode);
    const stat = ifThere(() => statOf(entry, linked));
    if (stat === undefined) return;
    if (inode !== undefined && linked === undefined) inodes.set(inode, entry.path);
    sent.push(entry);
    await write(call, { type: packetType.stat, stat });
  };
  for await (const batch of folder.entries()) {
    for (const entry of batch) {
      // A folder that is ignored itself may hold what is not.
      for (const missing of missingFolders(entry.path, folders)) {
        const entry = ifThere(() => folderEntry(folder.root, missing));
        if (entry !== undefined) await add(entry);
      }
      if ('type' in entry && entry.type === 'directory') folders.add(entry.path);
      await add(entry);
    }
  }
  await write(call, { type: packetType.stat });
}

/** What vanishes before it is told of was never there. */
function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isVanished(error)) return undefined;
    throw error;
  }
}

/** The folders on the way to a path that have not been sent, outermost first. */
function missingFolders(path: string, sent: Set<string>): string[] {
  const parts = path.split('/').slice(0, -1);
  const missing = parts
    .map((_, index) => parts.slice(0, index + 1).join('/'))
    .filter((folder) => !sent.has(folder));
  for (const folder of missing) sent.add(folder);
  return missing;
}

function folderEntry(root: string, path: string): ContextEntry {
  const absolute = `${root}/${path}`;
  return { path, absolute, type: 'directory', stats: lstatSync(absolute) };
}

/** Answers until the engine says that it has everything. One file after the other, as they come. */
async function answerRequests(
  call: Call,
  sent: SyncedEntry[],
  onSent: (bytes: number) => void,
): Promise<void> {
  let bytes = 0;
  // Leaving the loop must not end the call: it waits for our last word.
  const packets = call.iterator({ destroyOnReturn: false }) as AsyncIterable<Packet>;
  for await (const packet of packets) {
    const { type, ID = 0, data } = packet;
    if (type === packetType.error) throw new Error(data?.toString() ?? 'the engine gave up');
    if (type === packetType.end) break;
    if (type !== packetType.request) continue;
    for await (const chunk of contentOf(sent[ID]!)) {
      await write(call, { type: packetType.data, ID, data: chunk });
      onSent((bytes += chunk.length));
    }
    await write(call, { type: packetType.data, ID });
  }
  await write(call, { type: packetType.end });
  call.end();
}

async function write(call: Call, packet: Packet): Promise<void> {
  if (call.cancelled) throw new Error('the build was cancelled');
  if (call.write(packet)) return;
  const done = new AbortController();
  const { signal } = done;
  try {
    await Promise.race([once(call, 'drain', { signal }), once(call, 'cancelled', { signal })]);
  } finally {
    // Takes the other one's listener away.
    done.abort();
  }
}

/** Bytes; gRPC takes messages of up to four megabytes. */
const chunkSize = 256 * 1024;

async function* contentOf(entry: SyncedEntry): AsyncGenerator<Buffer> {
  if (!('absolute' in entry)) {
    yield entry.content;
    return;
  }
  const handle = await open(entry.absolute).catch((error: unknown) => {
    // What vanishes after it was told of is empty, as BuildKit's own client has it.
    if (isVanished(error)) return undefined;
    throw unreadable(entry.absolute, entry.path, error);
  });
  if (handle === undefined) return;
  try {
    // However the file grows meanwhile, no more is read than was announced.
    let left = entry.stats.size;
    while (left > 0) {
      const buffer = Buffer.allocUnsafe(Math.min(chunkSize, left));
      const { bytesRead } = await handle.read(buffer);
      if (bytesRead === 0) return;
      left -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** `linked` is the name under which the same file was told of before. */
function statOf(entry: SyncedEntry, linked: string | undefined): Stat {
  const { path } = entry;
  if (!('absolute' in entry)) {
    // What has the size and the time of what was sent before counts as unchanged.
    return { path, mode: 0o644, size: entry.content.length, modTime: Date.now() * 1e6 };
  }
  const { type, absolute, stats } = entry;
  return {
    path,
    mode: modeOf(type, stats),
    // Nanoseconds, to within a few hundred.
    modTime: Math.round(stats.mtimeMs * 1e6),
    ...(type === 'file' && (linked === undefined ? { size: stats.size } : { linkname: linked })),
    ...(type === 'symlink' && { linkname: readlinkSync(absolute) }),
    ...(type.endsWith('device') && deviceNumbers(stats)),
  };
}

function modeOf(type: ContextEntry['type'], { mode }: Stats): number {
  // Windows has no executable bit, so there, as with Docker, everything has it.
  let bits = process.platform === 'win32' ? 0o755 : mode & 0o777;
  if (mode & 0o4000) bits += goMode.setuid;
  if (mode & 0o2000) bits += goMode.setgid;
  if (mode & 0o1000) bits += goMode.sticky;
  switch (type) {
    case 'file':
      return bits;
    case 'directory':
      return bits + goMode.directory;
    case 'symlink':
      // Links have no mode of their own.
      return 0o777 + goMode.symlink;
    case 'fifo':
      return bits + goMode.fifo;
    case 'character-device':
      return bits + goMode.device + goMode.characterDevice;
    case 'block-device':
      return bits + goMode.device;
  }
}
