import { createHash } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { Caller, SourceFacts } from './world.ts';

/** The hash of a container's settings, and of each section, to name what has changed. */
export interface SettingsHash {
  hash: string;
  sections: Record<string, string>;
}

/**
 * Hashes everything in the file that a container cannot take up while it exists. It needs no
 * engine, so that entering a running workspace stays cheap. Hooks, tasks and secrets are not in
 * it: they act on the next session.
 */
export function hashSettings(config: Config, caller: Caller, source: SourceFacts): SettingsHash {
  const parts: Record<string, unknown> = {
    image: config.image,
    Dockerfile: source.dockerfile,
    user: [config.user, caller.uid, caller.gid, caller.name],
    shell: config.shell,
    init: config.init,
    workspace: [config.workspace, source.mount, source.gitFolders],
    home: config.home,
    caches: config.caches,
    volumes: config.mounts,
    environment: config.environment,
    ports: config.ports,
    resources: config.resources,
    security: config.security,
    network: config.network,
    // Only where there is one, so that the hashes of ordinary workspaces stay what they are.
    ...(config.confinement === undefined ? {} : { confinement: config.confinement }),
  };
  const sections = Object.fromEntries(
    Object.entries(parts).map(([name, value]) => [name, digest(value).slice(0, 8)]),
  );
  return { hash: digest(sections).slice(0, 16), sections };
}

/** The sections in which two settings differ, in the order of the file. */
export function changedSections(
  now: Record<string, string>,
  before: Record<string, string>,
): string[] {
  return Object.keys(now).filter((name) => now[name] !== before[name]);
}

function digest(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

/** JSON with sorted keys, so that the order of a file's keys does not matter. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, item: unknown) =>
      typeof item === 'object' && item !== null && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1)))
        : item,
    ) ?? 'null'
  );
}
