import type { Action, Plan } from './plan.ts';
import { countSessions } from './sessions.ts';

/** A plan as text: one line a step, with its reason. */
export function describePlan(plan: Plan): string[] {
  return plan.steps.map((step) => `${describeAction(step)}: ${step.reason}`);
}

/** One action in a few words, as an order. */
export function describeAction(action: Action): string {
  switch (action.do) {
    case 'pull-image':
      return `pull image ${action.reference}`;
    case 'build-image':
      return `build image ${action.repository}`;
    case 'push-image':
      return `push image ${action.reference}`;
    case 'create-folder':
      return `create folder ${action.path}`;
    case 'create-volume':
      return `create volume ${action.name}`;
    case 'create-network':
      return `create network ${action.name}`;
    case 'create-container':
      return `create container ${action.name}`;
    case 'write-files':
      return `prepare container ${action.container}`;
    case 'start-container':
      return `start container ${action.container}`;
    case 'confine-container':
      return `confine container ${action.container}`;
    case 'unpause-container':
      return `unpause container ${action.container}`;
    case 'await-idle':
      return describeAwaiting(action.sessions);
    case 'stop-container':
      return `stop container ${action.container}`;
    case 'rename-container':
      return `rename container ${action.container} to ${action.to}`;
    case 'remove-container':
      return `remove container ${action.container}`;
    case 'remove-volume':
      return `remove volume ${action.name}`;
    case 'remove-network':
      return `remove network ${action.name}`;
    case 'run-hook':
      return `run ${action.hook} hook`;
  }
}

/** Cells of a command line that tell it from the others. */
const commandWidth = 30;

function describeAwaiting(sessions: string[]): string {
  const short = sessions.map((command) =>
    command.length > commandWidth ? `${command.slice(0, commandWidth - 1)}…` : command,
  );
  return `wait for ${countSessions(sessions.length)} to end: ${short.join(', ')}`;
}
