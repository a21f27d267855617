import { changeWorkspace } from './change-workspace.ts';
import type { CommandFunction } from './context.ts';

export const stop: CommandFunction = (context) => changeWorkspace(context, { kind: 'stop' });
