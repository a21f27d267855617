import { posix } from 'node:path';
import type { Header } from 'tar-stream';

/** What becomes of one entry of a context: it is written anew, left out, or ends the build. */
export type JudgedEntry =
  | { header: Partial<Header> & { name: string; type: Copied }; size: number }
  | 'left out'
  | { problem: string };

/** What COPY can copy. */
const copied = ['file', 'directory', 'symlink', 'link'] as const;

type Copied = (typeof copied)[number];

/** As long as a path can be on Linux. */
const longestPath = 4096;

/**
 * Judges an entry of the tar that a process of the person's has packed: a path within the context,
 * and of what is said about it no more than a build needs. Where a symlink leads to, the engine
 * looks at within the context.
 */
export function contextEntry({
  name,
  type,
  linkname,
  mode,
  mtime,
  size = 0,
}: Partial<Header> & { name: string }): JudgedEntry {
  const kind = type ?? 'file';
  if (kind === 'fifo') return 'left out';
  if (!isCopied(kind)) return { problem: `it holds a ${kind}` };
  const path = name.replace(/\/+$/, '');
  if (!isInside(path)) return { problem: `it holds ${shown(name)}, which is no path in it` };
  const target = linkname ?? '';
  if (kind === 'link' && !isInside(target)) {
    return { problem: `${shown(path)} is a link to ${shown(target)}, which is no path in it` };
  }
  if (kind === 'symlink' && !isText(target)) {
    return { problem: `${shown(path)} is a link to nowhere` };
  }
  return {
    size: kind === 'file' ? size : 0,
    header: {
      name: kind === 'directory' ? `${path}/` : path,
      type: kind,
      mode: (mode ?? 0o644) & 0o7777,
      uid: 0,
      gid: 0,
      mtime: isTime(mtime) ? mtime : new Date(0),
      ...(kind === 'file' && { size }),
      ...(kind.endsWith('link') && { linkname: target }),
    },
  };
}

function isCopied(kind: string): kind is Copied {
  return (copied as readonly string[]).includes(kind);
}

function isInside(path: string): boolean {
  return isText(path) && !path.startsWith('/') && posix.normalize(path) === path && !isAbove(path);
}

function isAbove(path: string): boolean {
  return path === '.' || path === '..' || path.startsWith('../');
}

function isText(path: string): boolean {
  return path !== '' && path.length <= longestPath && !path.includes('\0');
}

/** In the seconds that a tar has room for. */
function isTime(time: Date | undefined): boolean {
  const seconds = Number(time) / 1000;
  return seconds >= 0 && seconds < 2 ** 31;
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 200));
}
