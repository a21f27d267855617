/** The engine's public API, for the commands, the extension and other programs. */
export { connect, openWorkspace } from './workspace.ts';
export type { OpenOptions, Workspace } from './workspace.ts';
export { converge, enter, planWorkspace } from './converge.ts';
export type { ConvergeOptions } from './converge.ts';
export { runSession } from './session.ts';
export type { SessionCommand, SessionRequest } from './session.ts';
export { listWorkspaces } from './workspaces.ts';
export type { WorkspaceSummary } from './workspaces.ts';
export { workspaceLogs } from './container/logs.ts';
export { watchWorkspace } from './watch/watch.ts';
export type { WatchOptions } from './watch/watch.ts';
export type { WatchEvent } from './watch/watch-event.ts';
export { currentCaller } from './host/caller.ts';
export type { ApplyEvent, Report } from './events.ts';
export type { Intent, Plan, Step } from '../plan/plan.ts';
export { describePlan } from '../plan/describe.ts';
export { DevenvError } from '../errors.ts';
