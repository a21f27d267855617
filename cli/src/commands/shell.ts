import type { CommandFunction } from './context.ts';
import { enterWorkspace } from './enter-workspace.ts';

export const shell: CommandFunction = (context, input) => {
  const { command } = input.options;
  return enterWorkspace(
    context,
    input,
    typeof command === 'string' ? { kind: 'text', text: command } : { kind: 'shell' },
  );
};
