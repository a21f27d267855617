import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The file with all of a build's output. */
export interface BuildLog {
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the log anew at `file`, making the folders on the way.
 *
 * @param most Bytes of it; what comes after that is left out.
 */
export async function openBuildLog(file: string, most = Infinity): Promise<BuildLog> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'w');
  let left = most;
  return {
    write: async (text) => {
      if (left <= 0) return;
      left -= Buffer.byteLength(text);
      await handle.write(
        left > 0 ? text : '… The rest is left out: this is as long as it may be.\n',
      );
    },
    close: () => handle.close(),
  };
}
