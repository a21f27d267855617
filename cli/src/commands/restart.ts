import { changeWorkspace } from './change-workspace.ts';
import type { CommandFunction } from './context.ts';

export const restart: CommandFunction = (context) => changeWorkspace(context, { kind: 'restart' });
