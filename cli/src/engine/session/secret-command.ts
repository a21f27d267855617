import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { SimpleCommand } from '../../config/config.ts';

/**
 * Runs the command of a secret on this host. Its output is the value; what it says on stderr, and
 * asks on the terminal, is for the person and goes straight there.
 */
export async function runSecretCommand(
  command: SimpleCommand,
  environment: Record<string, string | undefined>,
  folder: string,
): Promise<{ output: string } | { problem: string }> {
  const options = {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit'],
  };
  const child =
    command.kind === 'shell'
      ? spawn(command.script, { ...options, shell: true })
      : spawn(command.argv[0] ?? '', command.argv.slice(1), options);
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const [output, end] = await Promise.all([text(child.stdout), ended]);
  if (end === 0) return { output };
  if (typeof end === 'number') return { problem: `its command ended with status ${end}.` };
  return { problem: `its command could not run: ${end}.` };
}
