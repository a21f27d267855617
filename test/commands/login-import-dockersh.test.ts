import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectValid } from './output-schemas.ts';
import { devenv } from './program.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devenv-dockersh-'));
  await writeFile(join(folder, 'dockershrc'), '[dockersh]\nimagename = node:22\n');
});
afterEach(() => rm(folder, { recursive: true }));

describe('devenv login import-dockersh', () => {
  it('prints a policy', async () => {
    const { exitCode, stdout, stderr } = await devenv(
      folder,
      'login',
      'import-dockersh',
      'dockershrc',
    );
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('images:\n  default: node:22\n');
  });

  it('prints it as JSON', async () => {
    const { stdout } = await devenv(folder, 'login', 'import-dockersh', 'dockershrc', '--json');
    expect(expectValid('login-import-dockersh', stdout)).toHaveProperty('policy');
  });

  it('says which file there is not', async () => {
    const { exitCode, stdout, stderr } = await devenv(folder, 'login', 'import-dockersh', 'nope');
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^devenv: There is no file nope\.\nhint: /);
  });

  it('says which line is not INI', async () => {
    await writeFile(join(folder, 'dockershrc'), 'image: node');
    const { exitCode, stderr } = await devenv(folder, 'login', 'import-dockersh', 'dockershrc');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^devenv: Line 1 of dockershrc is not INI: "image: node"\n/);
  });
});
