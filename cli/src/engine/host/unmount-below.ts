import { readFile } from 'node:fs/promises';
import { programPath } from './find-program.ts';
import { runProgram } from './run-program.ts';

/**
 * Unmounts everything mounted at or below the folders: what a killed program left there would
 * otherwise keep them from being removed. Nothing that may still be used must be among it.
 */
export async function unmountBelow(folders: string[]): Promise<void> {
  for (const mount of await mountsBelow(folders)) {
    await runProgram(['umount', mount], {
      environment: { ...process.env, PATH: programPath(process.env) },
      // Tidying goes on after an interruption.
      signal: new AbortController().signal,
    });
  }
}

/** The latest first: it may lie over or below an earlier one. */
async function mountsBelow(folders: string[]): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  return (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) => unescape(line.split(' ')[4] ?? ''))
    .filter((path) => folders.some((folder) => path === folder || path.startsWith(`${folder}/`)))
    .reverse();
}

/** The kernel writes white space and backslashes as `\040`. */
function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
}
