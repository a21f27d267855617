import type { Stats } from 'node:fs';
import type { Header } from 'tar-stream';
import type { ContextEntry } from './context-walk.ts';

export type EntryHeader = Partial<Header> & { name: string };

/** What `docker build` says of a file: owned by root, with its mode and time. */
export function headerOf({ mode, mtimeMs }: Stats): Partial<Header> {
  const seconds = Math.max(0, Math.trunc(mtimeMs / 1000));
  return {
    // Windows has no executable bit, so there, as with Docker, everything has it.
    // Elsewhere the kind of the file comes along, since tar-stream takes 0 for no mode at all.
    mode: process.platform === 'win32' ? 0o755 : mode,
    uid: 0,
    gid: 0,
    mtime: new Date(Math.min(seconds, latestTime) * 1000),
    ...(seconds > latestTime && { pax: { mtime: String(seconds) } }),
  };
}

/** In seconds: tar-stream has no more than 31 bits for it. */
const latestTime = 2 ** 31 - 1;

/** For a file with several names; those of Windows, and very large ones, are not exact. */
export function inodeOf({ type, stats: { nlink, dev, ino } }: ContextEntry): string | undefined {
  const exact = process.platform !== 'win32' && Number.isSafeInteger(ino);
  return type === 'file' && nlink > 1 && exact ? `${dev}:${ino}` : undefined;
}

/** As Linux, where alone there are engines with devices, puts them into one number. */
export function deviceNumbers({ rdev }: Stats): { devmajor: number; devminor: number } {
  return { devmajor: (rdev >> 8) & 0xfff, devminor: (rdev & 0xff) | ((rdev >> 12) & 0xfff00) };
}
