import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { createCli } from '../support/cli.ts';
import { describeWithEngine } from '../support/engine.ts';
import { testFolder } from '../support/temp-folder.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

describeWithEngine('the project’s own workspace', () => {
  it('runs the unit tests', async () => {
    const home = await testFolder();
    const folder = join(home, 'devenv');
    await copySources(folder);
    const devenv = createCli(home, { cwd: folder, env: reachingTheRegistry() });
    const { stdout, stderr, exitCode } = await devenv.run([
      'exec',
      '--',
      'npm',
      'run',
      'test:unit',
    ]);
    expect(stdout, stderr).toMatch(/Tests .*\d+ passed/);
    expect(exitCode).toBe(0);
  }, 600_000);
});

/** What a clone would hold, with the changes that are not committed yet. */
async function copySources(folder: string): Promise<void> {
  const { stdout } = await execa(
    'git',
    ['ls-files', '-co', '--exclude-standard', '--deduplicate'],
    {
      cwd: repository,
    },
  );
  for (const file of stdout.split('\n')) {
    await cp(join(repository, file), join(folder, file), { recursive: true });
  }
}

/** How this machine's npm finds its way out. */
function reachingTheRegistry(): NodeJS.ProcessEnv {
  const names = /^(npm_config_registry|(https?|no)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)));
}
