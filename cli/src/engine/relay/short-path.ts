import { open } from 'node:fs/promises';

/** Bytes that the path of a socket may have on Linux (108 with its end) and macOS (104). */
const longest = process.platform === 'linux' ? 107 : 103;

/** Bytes that the sockets' own names have at most. */
const forName = 40;

/**
 * A path of a folder that leaves room for the name of a socket in it, however deep the folder
 * lies. On Linux that is /proc/self/fd; elsewhere there is no such thing, and binding says that
 * the path is too long. It holds until `close`.
 */
export async function shortPath(
  folder: string,
): Promise<{ path: string; close: () => Promise<void> }> {
  const fits = Buffer.byteLength(folder) + forName <= longest;
  if (fits || process.platform !== 'linux') return { path: folder, close: async () => {} };
  const handle = await open(folder);
  return { path: `/proc/self/fd/${handle.fd}`, close: () => handle.close() };
}
