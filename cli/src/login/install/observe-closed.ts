import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { onMachine, type Machine } from './machine.ts';

/** Of a program's real path those files and folders that keep others than root from running it. */
export async function observeClosed(machine: Machine, path: string): Promise<string[]> {
  const facts = await stat(onMachine(machine, path));
  const needed = facts.isDirectory() ? 0o001 : 0o005;
  const own = (facts.mode & needed) === needed ? [] : [path];
  return path === '/' ? own : [...(await observeClosed(machine, dirname(path))), ...own];
}
