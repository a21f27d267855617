import type { CommandFunction } from './context.ts';
import { enterWorkspace } from './enter-workspace.ts';

export const exec: CommandFunction = (context, input) =>
  enterWorkspace(context, input, { kind: 'argv', argv: input.args });
