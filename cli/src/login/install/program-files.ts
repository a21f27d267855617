import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DevenvError } from '../../errors.ts';

export interface ProgramFile {
  /** Relative to the program's folder. */
  path: string;
  content: Buffer;
}

/** The built program, from the folder that has its bin and dist. */
export async function programFiles(folder: string): Promise<ProgramFile[]> {
  const paths = ['package.json', 'bin/devenv.cjs', ...(await built(folder))];
  return Promise.all(
    paths.map(async (path) => ({ path, content: await readFile(join(folder, path)) })),
  );
}

async function built(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'dist')).catch(() => []);
  // A build that is under way has others beside them.
  const files = names.filter((name) => /\.(cjs|txt)$/.test(name)).sort();
  if (files.includes('main.cjs')) return files.map((name) => `dist/${name}`);
  throw new DevenvError('folder_unusable', `${folder} does not hold the built program.`, {
    hint: 'Run "npm run build" in the sources first.',
  });
}
