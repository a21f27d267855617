import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** The program that `npm run build` makes. */
export const program = join(root, 'cli/bin/devenv.cjs');

/** Whether a person is there to be asked. */
export const hasTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
