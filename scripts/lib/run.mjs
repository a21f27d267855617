import { spawn } from 'node:child_process';
import { root } from './root.mjs';

/**
 * Runs a command in the repository with the terminal as it is; gives its exit code. `capture`
 * gives what it writes to stdout as well.
 */
export function run(command, args, { cwd = root, env = process.env, capture = false } = {}) {
  const stdio = ['inherit', capture ? 'pipe' : 'inherit', 'inherit'];
  const child = spawn(command, args, { cwd, env, stdio });
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (stdout += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ exitCode: code ?? (signal === 'SIGINT' ? 130 : 1), stdout });
    });
  });
}

/** The same for what has to succeed: anything else than exit code 0 is thrown. */
export async function must(command, args, options) {
  const result = await run(command, args, options);
  if (result.exitCode !== 0) throw new CommandFailed([command, ...args], result.exitCode);
  return result;
}

/** A command that failed; it has said why itself. */
export class CommandFailed extends Error {
  constructor(argv, exitCode) {
    super(`failed with exit code ${exitCode}: ${argv.join(' ')}`);
    this.exitCode = exitCode;
  }
}
