import type { Config } from '../config/config.ts';
import { labels } from './labels.ts';
import { changedSections, hashSettings } from './settings.ts';
import type { ContainerFacts, Glance, World } from './world.ts';

/** Why the file no longer describes the container; empty when it does. Costs no engine call. */
export function changedSettings(
  config: Config,
  { caller, source }: Pick<Glance, 'caller' | 'source'>,
  container: ContainerFacts,
): string[] {
  const now = hashSettings(config, caller, source);
  if (container.labels[labels.config] === now.hash) return [];
  const changed = changedSections(now.sections, sectionsOf(container));
  return changed.map((section) => `${section} changed`);
}

/** All reasons for which `up` replaces a container: its settings, or what its image is made of. */
export function staleReasons(config: Config, world: World, container: ContainerFacts): string[] {
  const reasons = changedSettings(config, world, container);
  const image = imageReason(config, world, container);
  const said = reasons.includes('image changed') || reasons.includes('Dockerfile changed');
  return image === undefined || said ? reasons : [...reasons, image];
}

function imageReason(config: Config, world: World, container: ContainerFacts): string | undefined {
  const before = container.labels[labels.image];
  if (config.image.kind === 'build') {
    if (before === world.imageInputs) return builtAgain(world, container);
    return 'what the Dockerfile copies or stands on changed';
  }
  const now = world.image?.id;
  if (now === undefined || now === before) return undefined;
  return `${config.image.reference} is another image now`;
}

/** Without the cache the same inputs lead to another image; one that is gone says nothing. */
function builtAgain({ image }: World, { imageId }: ContainerFacts): string | undefined {
  return image === undefined || image.id === imageId ? undefined : 'its image was built again';
}

function sectionsOf(container: ContainerFacts): Record<string, string> {
  try {
    return JSON.parse(container.labels[labels.settings] ?? '{}') as Record<string, string>;
  } catch {
    // A label somebody else wrote: then everything counts as changed.
    return {};
  }
}
