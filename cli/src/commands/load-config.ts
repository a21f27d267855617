import type { Config } from '../config/config.ts';
import type { Diagnostic } from '../config/diagnostic.ts';
import { openOptions, type Context } from './context.ts';

/** The project's configuration, without the engine unless -w has to be looked up in it. */
export async function loadConfig(
  context: Context,
): Promise<{ config: Config; diagnostics: Diagnostic[] }> {
  const { config, diagnostics } = await loadDiagnosed(context);
  if (config === undefined) {
    const { configInvalid } = await import('../engine/load/load.ts');
    throw configInvalid(diagnostics);
  }
  return { config, diagnostics };
}

/** The same, with a configuration only where the file allows one. */
export async function loadDiagnosed(
  context: Context,
): Promise<{ config: Config | undefined; diagnostics: Diagnostic[] }> {
  const options = openOptions(context);
  const { load } = await import('../engine/load/load.ts');
  const { currentCaller } = await import('../engine/host/caller.ts');
  if (options.workspace === undefined) return load({ ...options, home: currentCaller().home });
  const { openWorkspace } = await import('../engine/workspace.ts');
  const { config } = await openWorkspace(options);
  return { config, diagnostics: [] };
}
