import { changeWorkspace } from './change-workspace.ts';
import type { CommandFunction } from './context.ts';

export const up: CommandFunction = (context) => changeWorkspace(context, { kind: 'up' });
