import { changeWorkspace } from './change-workspace.ts';
import type { CommandFunction } from './context.ts';

export const rebuild: CommandFunction = (context, { options }) =>
  changeWorkspace(context, {
    kind: 'rebuild',
    noCache: options.cache === false,
    pull: options.pull === true,
  });
