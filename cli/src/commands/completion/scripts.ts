import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

/** The completion scripts by shell. The build writes their text in place of this file. */
export const completionScripts: Record<string, string> = {
  bash: bashCompletion(),
  zsh: zshCompletion(),
  fish: fishCompletion(),
};
