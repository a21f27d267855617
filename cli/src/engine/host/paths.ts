import { posix, win32 } from 'node:path';

type Environment = Record<string, string | undefined>;

/**
 * What devenv remembers between runs: locks, markers, the private engine's data.
 * XDG_STATE_HOME on Linux, ~/Library/Application Support on macOS, %LOCALAPPDATA% on Windows.
 */
export function stateFolder(env: Environment, home: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return win32.join(localAppData(env, home), 'state');
  if (platform === 'darwin') return posix.join(applicationSupport(home), 'state');
  return posix.join(xdg(env, 'XDG_STATE_HOME') ?? posix.join(home, '.local/state'), 'devenv');
}

/** What can be deleted at any time at the price of doing it again. */
export function cacheFolder(env: Environment, home: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return win32.join(localAppData(env, home), 'cache');
  if (platform === 'darwin') return posix.join(home, 'Library/Caches/devenv');
  return posix.join(xdg(env, 'XDG_CACHE_HOME') ?? posix.join(home, '.cache'), 'devenv');
}

/** The person's own settings. */
export function configFolder(env: Environment, home: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return win32.join(localAppData(env, home), 'config');
  if (platform === 'darwin') return applicationSupport(home);
  return posix.join(xdg(env, 'XDG_CONFIG_HOME') ?? posix.join(home, '.config'), 'devenv');
}

/** Sockets and pidfiles, gone after a reboot where the platform has such a folder. */
export function runtimeFolder(env: Environment, home: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return win32.join(localAppData(env, home), 'run');
  const runtime = platform === 'linux' ? xdg(env, 'XDG_RUNTIME_DIR') : undefined;
  if (runtime !== undefined) return posix.join(runtime, 'devenv');
  return posix.join(stateFolder(env, home, platform), 'run');
}

/** Where devenv's own engine keeps everything it has. */
export interface EngineFolders {
  /** Images, containers, volumes: survives a reboot. */
  data: string;
  /** Socket, pidfile, log, lock. */
  run: string;
}

/**
 * The private engine's folders: one engine per machine for root, one per person otherwise.
 * An ordinary person's lie in the state folder and not in XDG_RUNTIME_DIR, which cron jobs and
 * `su` sessions lack: every shell of theirs has to find the same engine.
 * DEVENV_ENGINE_FOLDER (absolute) overrides both, for tests and for larger disks.
 */
export function engineFolders(
  env: Environment,
  home: string,
  platform: NodeJS.Platform,
  uid: number,
): EngineFolders {
  const own = xdg(env, 'DEVENV_ENGINE_FOLDER');
  if (own === undefined && platform === 'linux' && uid === 0) {
    return { data: '/var/lib/devenv/engine', run: '/run/devenv' };
  }
  const folder = own ?? posix.join(stateFolder(env, home, platform), 'engine');
  return { data: posix.join(folder, 'data'), run: posix.join(folder, 'run') };
}

/** Path of the socket where the private engine of these folders listens. */
export function engineSocket(folders: EngineFolders): string {
  return posix.join(folders.run, 'docker.sock');
}

/** The XDG specification: a path that is not absolute is to be ignored. */
function xdg(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value !== undefined && posix.isAbsolute(value) ? value : undefined;
}

function applicationSupport(home: string): string {
  return posix.join(home, 'Library/Application Support/devenv');
}

function localAppData(env: Environment, home: string): string {
  return win32.join(env.LOCALAPPDATA ?? win32.join(home, 'AppData', 'Local'), 'devenv');
}
