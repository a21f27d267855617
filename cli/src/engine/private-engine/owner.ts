import type { Caller } from '../../plan/world.ts';
import { DevenvError } from '../../errors.ts';
import { type EngineFolders, engineFolders } from '../host/paths.ts';

/** For whom a private engine runs. */
export interface EngineOwner {
  caller: Caller;
  environment: Record<string, string | undefined>;
}

/** Where that engine keeps what it has. Fails where devenv can run none. */
export function ownEngineFolders({ caller, environment }: EngineOwner): EngineFolders {
  if (caller.platform !== 'linux') {
    throw new DevenvError('engine_start_failed', 'devenv’s own engine runs on Linux only.', {
      hint: 'Start Docker Desktop, or another engine with a Docker-compatible socket.',
    });
  }
  return engineFolders(environment, caller.home, caller.platform, caller.uid);
}
