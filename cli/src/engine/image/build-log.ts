import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The file with all of a build's output. */
export interface BuildLog {
  write(text: string): Promise<void>;
  /** The last lines written. */
  tail(): string[];
  close(): Promise<void>;
}

/** Enough to see what a command said before it failed. */
const tailLines = 20;

/** Starts the log anew at `file`, making the folders on the way. */
export async function openBuildLog(file: string): Promise<BuildLog> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'w');
  let end = '';
  return {
    write: async (text) => {
      if (text === '') return;
      end = (end + text)
        .split('\n')
        .slice(-tailLines - 1)
        .join('\n');
      await handle.write(text);
    },
    tail: () => end.replace(/\n$/, '').split('\n').slice(-tailLines),
    close: () => handle.close(),
  };
}
