import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cli, createCli } from '../support/cli.ts';
import { testFolder } from '../support/temp-folder.ts';

const samples = fileURLToPath(new URL('../../samples', import.meta.url));

/** A copy of a sample that a test may change, and devenv for somebody whose home is beside it. */
export async function copySample(
  name: string,
  env: Record<string, string> = {},
): Promise<{ folder: string; devenv: Cli }> {
  const parent = await testFolder();
  const folder = join(parent, name);
  await cp(join(samples, name), folder, { recursive: true });
  return { folder, devenv: createCli(parent, { cwd: folder, env }) };
}
