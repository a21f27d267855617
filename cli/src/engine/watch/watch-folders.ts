import { lstatSync } from 'node:fs';
import { basename, join } from 'node:path';
import { watch } from 'chokidar';
import { DevenvError } from '../../errors.ts';

export interface FolderWatch {
  /** How many folders are watched. */
  readonly folders: number;
  /** Whether a watched folder has gone or come anew, so that what is in it now is not seen. */
  readonly stale: boolean;
  close(): Promise<void>;
}

interface FolderWatchOptions {
  /** Whether to look into a folder. */
  enters: (folder: string) => boolean;
  onChange: (path: string) => void;
  onError: (error: DevenvError) => void;
}

/**
 * Watches folders and those below them, and tells of everything that changes in them. Settles
 * when nothing is missed any more; fails with `folder_unusable`. The only file that imports
 * chokidar.
 *
 * Only folders get a watch of the kernel's, which tells of the files in them as well: there are a
 * tenth as many, and the number of watches is limited. That is why chokidar's "raw" is listened to.
 */
export async function watchFolders(
  folders: string[],
  { enters, onChange, onError }: FolderWatchOptions,
): Promise<FolderWatch> {
  const known = new Set<string>();
  let stale = false;
  let ready = false;
  const watcher = watch(folders, {
    ignored: (path, stats) => stats?.isDirectory() === false || !enters(path),
    followSymlinks: false,
    ignorePermissionErrors: true,
    // With it, chokidar leaves names out that look like an editor's, and folders of such names.
    atomic: false,
  });
  watcher.on('addDir', (path) => {
    known.add(path);
    if (ready) onChange(path);
  });
  watcher.on('raw', (event, name: string | null, details) => {
    const { watchedPath } = details as { watchedPath: string };
    const path = changedPath(watchedPath, name);
    onChange(path);
    if (event !== 'rename') return;
    // The kernel's watch stays with a folder that goes, whatever takes its name afterwards.
    if (known.has(path)) stale = true;
  });
  await new Promise<void>((resolve, reject) => {
    watcher.once('ready', resolve);
    watcher.on('error', (error) => {
      const failure = explain(error);
      reject(failure);
      onError(failure);
    });
  }).catch(async (error: unknown) => {
    await watcher.close();
    throw error;
  });
  ready = true;
  return {
    get folders() {
      return known.size;
    },
    get stale() {
      return stale;
    },
    close: () => watcher.close(),
  };
}

/** What happens to a watched folder itself is told by its own name, as if it were in itself. */
function changedPath(folder: string, name: string | null): string {
  if (name === null) return folder;
  const path = join(folder, name);
  return name === basename(folder) && isGone(path) ? folder : path;
}

function isGone(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}

const limits: Record<string, { name: string; value: number }> = {
  ENOSPC: { name: 'fs.inotify.max_user_watches', value: 524_288 },
  EMFILE: { name: 'fs.inotify.max_user_instances', value: 1_024 },
};

function explain(cause: unknown): DevenvError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const limit = process.platform === 'linux' ? limits[code] : undefined;
  if (limit === undefined) {
    return new DevenvError('folder_unusable', `The folders cannot be watched: ${message}.`, {
      hint: 'Without watching, "devenv up" brings the workspace up to date.',
      cause,
    });
  }
  const { name, value } = limit;
  const text = `The system lets you watch no more folders: its limit ${name} is reached.`;
  return new DevenvError('folder_unusable', text, {
    hint: `Raise it with "sudo sysctl ${name}=${value}"; a line "${name}=${value}" in /etc/sysctl.d/60-inotify.conf keeps it so. Or name in .dockerignore what no image needs.`,
    cause,
  });
}
