import type { Config } from '../config/config.ts';
import { identify } from './identity.ts';
import type { Intent, Plan, Step } from './plan.ts';
import { askLoss, askSessions, losesHandmade } from './sessions.ts';
import { stopTimeout } from './specify.ts';
import type { ContainerFacts, World } from './world.ts';

/** `stop` and `down`. Volumes go only with `down --volumes`, and only after a question. */
export function planEnd(
  config: Config,
  world: World,
  intent: Extract<Intent, { kind: 'stop' | 'down' }>,
): Plan {
  const { container } = world;
  const stop = stopSteps(config, container);
  if (intent.kind === 'stop') {
    return {
      steps: stop,
      notices: [],
      question: stop.length > 0 ? askSessions(container, 'Stopping') : undefined,
    };
  }
  const containers = [container, ...world.leftovers].filter((made) => made !== undefined);
  const volumes = intent.volumes ? ownVolumes(config, world) : [];
  return {
    steps: [
      ...stop,
      ...containers.map(({ name }): Step => ({
        do: 'remove-container',
        container: name,
        reason: 'asked for',
      })),
      ...networkSteps(config, world),
      ...volumes.map((name): Step => ({
        do: 'remove-volume',
        name,
        reason: 'asked for with --volumes',
      })),
    ],
    notices: [],
    question: downQuestion(world, volumes),
    ...(containers[0] && { loses: containers[0].id }),
  };
}

function stopSteps(config: Config, container: ContainerFacts | undefined): Step[] {
  if (container === undefined || ['exited', 'created', 'dead'].includes(container.state)) return [];
  const timeout = stopTimeout(config);
  return [{ do: 'stop-container', container: container.name, timeout, reason: 'asked for' }];
}

function networkSteps({ confinement }: Config, { networks }: World): Step[] {
  if (confinement === undefined) return [];
  return networks.map((name) => ({ do: 'remove-network', name, reason: 'asked for' }));
}

/** The person's shared home serves other workspaces too, so `down --volumes` leaves it. */
function ownVolumes(config: Config, world: World): string[] {
  const prefix = `devenv-${identify(config.project, world.caller).id}-`;
  return world.volumes.filter((name) => name.startsWith(prefix));
}

function downQuestion({ container, handmade }: World, volumes: string[]): string | undefined {
  if (volumes.length === 0)
    return askLoss(container?.sessions ?? [], handmade, 'Removing the container');
  const loss = losesHandmade(handmade);
  const more = loss === undefined ? '' : ` Removing the container ${loss}.`;
  return `This deletes for good what these volumes hold: ${volumes.join(', ')}.${more} Go on?`;
}
