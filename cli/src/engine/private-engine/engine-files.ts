import { join } from 'node:path';
import { type EngineFolders, engineSocket } from '../host/paths.ts';

export interface EngineFiles extends EngineFolders {
  socket: string;
  pidFile: string;
  log: string;
  lock: string;
  /** dockerd's --exec-root: its containerd, network namespaces, plugin sockets. */
  exec: string;
  /** dockerd's own daemon.json, so that the one of another engine does not count. */
  config: string;
  /** Which addresses the engine's networks take. */
  network: string;
}

/** The files of a private engine, one name each. */
export function engineFiles(folders: EngineFolders): EngineFiles {
  const { data, run } = folders;
  return {
    ...folders,
    socket: engineSocket(folders),
    pidFile: join(run, 'docker.pid'),
    log: join(run, 'dockerd.log'),
    lock: join(run, 'engine'),
    exec: join(run, 'exec'),
    config: join(run, 'daemon.json'),
    network: join(data, 'devenv-network.json'),
  };
}
