import { describe, expect, it } from 'vitest';
import {
  cacheFolder,
  configFolder,
  engineFolders,
  runtimeFolder,
  stateFolder,
} from '../../../cli/src/engine/host/paths.ts';

const folders = {
  state: stateFolder,
  cache: cacheFolder,
  config: configFolder,
  runtime: runtimeFolder,
};

function all(env: Record<string, string>, home: string, platform: NodeJS.Platform): object {
  return Object.fromEntries(
    Object.entries(folders).map(([name, folder]) => [name, folder(env, home, platform)]),
  );
}

describe('the folders of devenv', () => {
  it('follow the XDG defaults on Linux', () => {
    expect(all({}, '/home/me', 'linux')).toEqual({
      state: '/home/me/.local/state/devenv',
      cache: '/home/me/.cache/devenv',
      config: '/home/me/.config/devenv',
      runtime: '/home/me/.local/state/devenv/run',
    });
  });

  it('follow the XDG variables, but not relative ones', () => {
    const env = {
      XDG_STATE_HOME: '/s',
      XDG_CACHE_HOME: 'relative',
      XDG_CONFIG_HOME: '/c',
      XDG_RUNTIME_DIR: '/run/user/1000',
    };
    expect(all(env, '/home/me', 'linux')).toEqual({
      state: '/s/devenv',
      cache: '/home/me/.cache/devenv',
      config: '/c/devenv',
      runtime: '/run/user/1000/devenv',
    });
  });

  it('lie in the Library on macOS and in the local application data on Windows', () => {
    const library = '/Users/me/Library';
    expect(all({}, '/Users/me', 'darwin')).toEqual({
      state: `${library}/Application Support/devenv/state`,
      cache: `${library}/Caches/devenv`,
      config: `${library}/Application Support/devenv`,
      runtime: `${library}/Application Support/devenv/state/run`,
    });
    const local = 'C:\\Users\\me\\AppData\\Local';
    expect(all({ LOCALAPPDATA: local }, 'C:\\Users\\me', 'win32')).toEqual({
      state: `${local}\\devenv\\state`,
      cache: `${local}\\devenv\\cache`,
      config: `${local}\\devenv\\config`,
      runtime: `${local}\\devenv\\run`,
    });
  });

  it('hold one engine for root and one for each person, whatever shell they are in', () => {
    const runtime = { XDG_RUNTIME_DIR: '/run/user/1000' };
    expect(engineFolders(runtime, '/root', 'linux', 0)).toEqual({
      data: '/var/lib/devenv/engine',
      run: '/run/devenv',
    });
    const own = {
      data: '/home/me/.local/state/devenv/engine/data',
      run: '/home/me/.local/state/devenv/engine/run',
    };
    expect(engineFolders(runtime, '/home/me', 'linux', 1000)).toEqual(own);
    expect(engineFolders({}, '/home/me', 'linux', 1000)).toEqual(own);
  });
});
