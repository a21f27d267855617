import type { Action, Plan } from './plan.ts';

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
    case 'create-folder':
      return `create folder ${action.path}`;
    case 'create-volume':
      return `create volume ${action.name}`;
    case 'create-container':
      return `create container ${action.name}`;
    case 'write-files':
      return `prepare container ${action.container}`;
    case 'start-container':
      return `start container ${action.container}`;
    case 'unpause-container':
      return `unpause container ${action.container}`;
    case 'stop-container':
      return `stop container ${action.container}`;
    case 'rename-container':
      return `rename container ${action.container} to ${action.to}`;
    case 'remove-container':
      return `remove container ${action.container}`;
    case 'remove-volume':
      return `remove volume ${action.name}`;
    case 'run-hook':
      return `run ${action.hook} hook`;
  }
}
