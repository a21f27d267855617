import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { EngineFiles } from './engine-files.ts';

export interface EngineProcess {
  pid: number;
  /** `dockerd`, `containerd`, `containerd-shim-runc-v2`, `rootlesskit` … */
  program: string;
}

/** What an engine is made of; its rootlesskit starts itself again as /proc/self/exe. */
const programs = /^(dockerd|containerd|containerd-shim.*|rootlesskit|exe|dockerd-rootless\.sh)$/;

/**
 * The running processes of the engine of these folders. They are known by their command lines:
 * a number in a pidfile may long belong to another process.
 */
export async function engineProcesses(
  files: Pick<EngineFiles, 'data' | 'exec'>,
): Promise<EngineProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => inspect(pid, files)));
  return found.filter((process) => process !== undefined);
}

async function inspect(
  pid: string,
  { data, exec }: Pick<EngineFiles, 'data' | 'exec'>,
): Promise<EngineProcess | undefined> {
  const argv = await commandLine(pid);
  const program = basename((argv[0] === '/bin/sh' ? argv[1] : argv[0]) ?? '');
  if (!programs.test(program)) return undefined;
  const ours = argv.some((argument) => argument === data || argument.startsWith(`${exec}/`));
  return ours ? { pid: Number(pid), program } : undefined;
}

async function commandLine(pid: string): Promise<string[]> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  } catch {
    // It ended while we looked.
    return [];
  }
}
