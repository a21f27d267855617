import { hasTerminal, program } from './root.mjs';
import { must, run } from './run.mjs';

/**
 * The engine that devenv finds, or one that it starts. Where dockerd is not installed devenv
 * installs it: after asking where there is a terminal, straight away where there is none.
 * Gives its address, and whether it was started now.
 */
export async function provideEngine() {
  const status = await devenv('engine', 'status', '--json');
  if (status.exitCode === 0) return { host: JSON.parse(status.stdout).engine.host, started: false };
  console.log('No container engine answers; starting one …');
  const yes = hasTerminal ? [] : ['--yes'];
  const args = [program, 'engine', 'start', '--install', '--json', ...yes];
  const { stdout } = await must(process.execPath, args, { capture: true });
  return JSON.parse(stdout);
}

export function devenv(...args) {
  return run(process.execPath, [program, ...args], { capture: true });
}
