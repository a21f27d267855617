export type { EngineOwner } from './private-engine/owner.ts';
export { type RunningWorkspace, runningWorkspaces } from './private-engine/running-workspaces.ts';
export type { StartOptions } from './private-engine/start-options.ts';
export { type StartedEngine, startPrivateEngine } from './private-engine/start.ts';
export { type PrivateEngineStatus, privateEngineStatus } from './private-engine/status.ts';
export { stopPrivateEngine } from './private-engine/stop.ts';
