import { DevenvError } from '../errors.ts';
import type { CommandDefinition } from './command-definition.ts';

/** A mistake on the command line, and the command it was made with, if it got that far. */
export class UsageError extends DevenvError {
  constructor(
    message: string,
    hint: string,
    readonly definition: CommandDefinition | undefined,
  ) {
    super('usage', message, { hint });
  }
}
