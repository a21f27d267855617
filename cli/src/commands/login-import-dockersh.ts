import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DevenvError } from '../errors.ts';
import type { CommandFunction, Context } from './context.ts';

/** Prints the policy that a configuration of dockersh amounts to. */
export const loginImportDockersh: CommandFunction = async (context, { args }) => {
  const { importDockersh } = await import('../login/policy/import-dockersh.ts');
  const [file = ''] = args;
  const policy = importDockersh(await readText(context, file), file);
  await context.result({ policy }, () => policy);
  return 0;
};

async function readText({ cwd, options }: Context, file: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, options.directory ?? '.', file), 'utf8');
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    const message =
      code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read (${code}).`;
    const hint = 'dockersh has its configuration in /etc/dockershrc, older ones in /etc/dockersh.';
    throw new DevenvError('usage', message, { hint, cause });
  }
}
