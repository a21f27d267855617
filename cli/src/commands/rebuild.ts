import type { BuilderKind } from '../plan/dockerfile-features.ts';
import { changeWorkspace } from './change-workspace.ts';
import type { CommandFunction } from './context.ts';

export const rebuild: CommandFunction = (context, { options }) =>
  changeWorkspace(context, {
    kind: 'rebuild',
    noCache: options.cache === false,
    pull: options.pull === true,
    builder: options.builder as BuilderKind | undefined,
    frozen: options.frozen === true,
    whenIdle: options.whenIdle === true,
  });
