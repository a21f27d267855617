import { realpath, stat } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { onMachine, type Machine } from './machine.ts';

/**
 * Of a path and the folders above it those that somebody other than root could change, as
 * `PATH (why)`. What is not there yet is judged by what is above it.
 */
export async function writableByOthers(machine: Machine, path: string): Promise<string[]> {
  const found: string[] = [];
  for (const file of upwards(machine.root, await firstThere(machine, path))) {
    const { uid, gid, mode } = await stat(file);
    const name = `/${relative(machine.root, file)}`;
    if (uid !== machine.owner.uid) found.push(`${name} (belongs to uid ${uid})`);
    else if ((mode & 0o002) !== 0) found.push(`${name} (everybody may write to it)`);
    else if ((mode & 0o020) !== 0 && gid !== machine.owner.gid) {
      found.push(`${name} (the group ${gid} may write to it)`);
    }
  }
  return found;
}

async function firstThere(machine: Machine, path: string): Promise<string> {
  try {
    return await realpath(onMachine(machine, path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || path === '/') throw error;
    return firstThere(machine, dirname(path));
  }
}

/** The file and every folder above it, up to the machine's root. */
function upwards(root: string, file: string): string[] {
  if (file === root || file === '/') return [file];
  return [file, ...upwards(root, dirname(file))];
}
