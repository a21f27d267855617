import { existsSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unmountBelow } from '../host/unmount-below.ts';
import type { EngineFiles } from './engine-files.ts';
import { engineProcesses } from './processes.ts';

/**
 * Removes what a killed engine or a reboot left: pidfiles, whose numbers may belong to others by
 * now, and sockets. dockerd refuses to start with the first. Nothing of this engine may run.
 */
export async function removeStaleFiles({ pidFile, socket, exec, run }: EngineFiles): Promise<void> {
  const stale = [
    pidFile,
    socket,
    join(exec, 'containerd/containerd.pid'),
    join(run, 'rootlesskit'),
  ];
  await Promise.all(stale.map((path) => rm(path, { force: true, recursive: true })));
}

/** Removes everything an ended engine has no use for: all but its data and its log. */
export async function removeRuntimeFiles(files: EngineFiles): Promise<void> {
  // Of a killed dockerd's containers some may go on, with their files below `exec`.
  if ((await engineProcesses(files)).length > 0) return;
  await unmountBelow([files.data, files.exec]);
  await removeStaleFiles(files);
  await openFolder(join(files.exec, 'libnetwork'));
  await rm(files.exec, { recursive: true, force: true });
}

/** dockerd makes this one without the x bit, which stops its owner from emptying it. */
async function openFolder(path: string): Promise<void> {
  if (existsSync(path)) await chmod(path, 0o700);
}
