import { changeWorkspace } from './change-workspace.ts';
import type { CommandFunction } from './context.ts';

export const down: CommandFunction = (context, { options }) =>
  changeWorkspace(context, { kind: 'down', volumes: options.volumes === true });
