import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Folders with an administrator's programs, which an ordinary person's PATH leaves out. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The absolute path of a program, looked for in PATH and the sbin folders. */
export async function findProgram(
  name: string,
  environment: Record<string, string | undefined>,
): Promise<string | undefined> {
  for (const folder of programPath(environment).split(delimiter)) {
    const path = join(folder, name);
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

/** PATH with the sbin folders, for the programs that look for programs themselves. */
export function programPath(environment: Record<string, string | undefined>): string {
  const folders = (environment.PATH ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter);
  return [...folders, ...systemFolders.filter((folder) => !folders.includes(folder))].join(
    delimiter,
  );
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
