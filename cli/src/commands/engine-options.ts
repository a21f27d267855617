import { currentCaller } from '../engine/host/caller.ts';
import type { DiscoveryInput } from '../engine/discovery.ts';
import { loadSettings } from '../engine/load/load-settings.ts';
import type { EngineOwner } from '../engine/private-engine.ts';
import type { Context } from './context.ts';

/** What the caller's options, settings and surroundings say about which engine to use. */
export async function discoveryInput(context: Context): Promise<DiscoveryInput> {
  const { uid, home, platform } = currentCaller();
  const { environment, options } = context;
  const { settings } = await loadSettings({ environment, home });
  return {
    environment,
    home,
    uid,
    platform,
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(settings.engine === undefined ? {} : { settingsEngine: settings.engine }),
  };
}

/** Whose private engine the engine commands are about. */
export function engineOwner({ environment }: Context): EngineOwner {
  return { caller: currentCaller(), environment };
}
