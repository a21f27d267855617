import type { Config } from '../config/config.ts';
import { networkName, subnetsFor } from './confine.ts';
import type { ContainerSpec } from './container-spec.ts';
import { hookSteps } from './hooks.ts';
import type { Identity } from './identity.ts';
import { imageReference, unseenImage } from './image.ts';
import type { Installation } from './installation.ts';
import { labels } from './labels.ts';
import type { Plan, Step } from './plan.ts';
import { choosePorts } from './ports.ts';
import { ownership, specify } from './specify.ts';
import type { World } from './world.ts';

/** What every way of making a container needs. */
export interface Making {
  config: Config;
  world: World;
  identity: Identity;
  installation: Installation;
}

/** The first container of a workspace. */
export function planCreate(making: Making): Plan {
  const name = making.identity.containerName;
  const { steps, notices } = makeContainer(making, name, 'there is none yet');
  return {
    steps: [
      ...steps,
      // A hook that fails later is retried in this container, so that it stays from here on.
      { do: 'start-container', container: name, reason: 'it is new', settles: true },
      ...hookSteps(making.config, name, undefined, []),
    ],
    notices,
    question: undefined,
  };
}

/** The steps from nothing to a prepared container that has not started yet. */
export function makeContainer(
  { config, world, identity, installation }: Making,
  name: string,
  reason: string,
): { steps: Step[]; notices: string[] } {
  const previous = world.container?.ports ?? [];
  const { ports, notices } = choosePorts(config.ports, world.takenPorts, previous);
  const image = world.image ?? unseenImage(config, imageReference(config, world.imageInputs));
  const { spec, mountPlan } = specify({ config, world, image, identity, ports, ...installation });
  const folders = mountPlan.hostFolders.map((path): Step => ({
    do: 'create-folder',
    path,
    reason: 'a volume is mounted there',
  }));
  const volumes = mountPlan.volumes
    .filter((volume) => !world.volumes.includes(volume.name))
    .map((volume): Step => ({
      do: 'create-volume',
      name: volume.name,
      labels: { ...ownership(config, world, identity), [labels.role]: volume.role },
      reason: `it keeps ${volume.target}`,
    }));
  const container: Step[] = [
    {
      do: 'create-container',
      name,
      spec,
      reason,
      undo: [{ do: 'remove-container', container: name }],
    },
  ];
  if (hasContents(spec)) {
    const reason = 'who you are, and whose the folders are';
    container.push({ do: 'write-files', container: name, spec, reason });
  }
  const network = networkSteps(config, world, identity);
  return { steps: [...folders, ...volumes, ...network, ...container], notices };
}

/** A confined workspace has a network of its own, unless it has none at all. */
function networkSteps(config: Config, world: World, identity: Identity): Step[] {
  const { confinement } = config;
  const name = networkName(identity.id);
  if (confinement === undefined || confinement.network === 'none') return [];
  if (world.networks.includes(name)) return [];
  return [
    {
      do: 'create-network',
      name,
      labels: ownership(config, world, identity),
      internal: confinement.network === 'internal',
      subnets: subnetsFor(identity.id, confinement.pool),
      reason: 'the administrator’s policy',
    },
  ];
}

function hasContents(spec: ContainerSpec): boolean {
  const { files, ownedFolders, createdFolders, homeFolder, skeletonHome } = spec;
  const count = files.length + ownedFolders.length + createdFolders.length;
  return count > 0 || homeFolder !== undefined || skeletonHome !== undefined;
}
