import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineOwner } from './owner.ts';

/** Settings for reaching registries and names; everything else belongs to the other engine. */
const carriedOver = ['registry-mirrors', 'insecure-registries', 'proxies', 'dns', 'dns-search'];

/**
 * Writes the engine's own daemon.json. dockerd would read the system's one, whose `hosts` or
 * `data-root` contradict ours; what it says about registries, proxies and DNS is taken over.
 */
export async function writeDaemonConfig(owner: EngineOwner, file: string): Promise<void> {
  const usual = await readSettings(usualConfig(owner));
  const config = Object.fromEntries(
    Object.entries(usual).filter(([name]) => carriedOver.includes(name)),
  );
  await writeFile(file, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
}

function usualConfig({ caller, environment }: EngineOwner): string {
  if (caller.uid === 0) return '/etc/docker/daemon.json';
  return join(environment.XDG_CONFIG_HOME ?? join(caller.home, '.config'), 'docker/daemon.json');
}

async function readSettings(path: string): Promise<object> {
  try {
    const settings: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof settings === 'object' && settings !== null ? settings : {};
  } catch {
    // None there, or none that its own dockerd could read either.
    return {};
  }
}
