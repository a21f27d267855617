import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The file with all of a build's output. */
export interface BuildLog {
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts the log anew at `file`, making the folders on the way. */
export async function openBuildLog(file: string): Promise<BuildLog> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'w');
  return {
    write: async (text) => {
      await handle.write(text);
    },
    close: () => handle.close(),
  };
}
