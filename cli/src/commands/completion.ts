import { write } from '../ui/output.ts';
import { bashCompletion } from './completion/bash.ts';
import { fishCompletion } from './completion/fish.ts';
import { zshCompletion } from './completion/zsh.ts';
import type { CommandFunction } from './context.ts';

export const completion: CommandFunction = async ({ stdout }, { args: [shell] }) => {
  await write(stdout, scriptFor(shell));
  return 0;
};

/** The parser lets only these three through. */
function scriptFor(shell: string | undefined): string {
  switch (shell) {
    case 'zsh':
      return zshCompletion();
    case 'fish':
      return fishCompletion();
    default:
      return bashCompletion();
  }
}
