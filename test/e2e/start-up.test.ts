import { chown, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCli } from '../support/cli.ts';
import { startEngineProxy } from '../support/engine-proxy.ts';
import { describeWithEngine } from '../support/engine.ts';
import { loadedModules } from '../support/loaded-modules.ts';
import { testFolder } from '../support/temp-folder.ts';

const devenvFile = 'image: debian:bookworm-slim\n';

describeWithEngine('the start of the program', () => {
  it.each([[['--help']], [['completion', 'bash']], [['--version']]])(
    'loads for %j nothing but what reads the arguments',
    async (args) => {
      const loaded = await loadedModules(createCli(await testFolder()), args);
      expect(loaded.filter(isPackage)).toEqual(['commander']);
      expect(loaded).not.toContain('node:http');
      expect(loaded).not.toContain('node:child_process');
      expect(loaded).not.toContain('node:crypto');
    },
  );

  it('loads for exec in a running workspace nothing but the file’s parser and the engine’s client', async () => {
    const folder = await testFolder({ 'devenv.yaml': devenvFile });
    const devenv = createCli(folder);
    await devenv.run(['up']);
    const loaded = await loadedModules(devenv, ['exec', '--', 'true']);
    const ofDockerode = [
      'docker-modem',
      'inherits',
      'readable-stream',
      'split-ca',
      'util-deprecate',
    ];
    const allowed = ['commander', 'dockerode', 'yaml', ...ofDockerode];
    expect(loaded).toContain('dockerode');
    expect(loaded.filter(isPackage).filter((name) => !allowed.includes(name))).toEqual([]);
  });

  it('makes four calls to the engine for exec in a running workspace', async () => {
    const engine = await startEngineProxy();
    const folder = await testFolder({ 'devenv.yaml': devenvFile });
    const devenv = createCli(folder, { env: { DOCKER_HOST: engine.host } });
    try {
      await devenv.run(['up']);
      engine.calls.length = 0;
      expect(await devenv.run(['exec', '--', 'true'])).toMatchObject({ exitCode: 0 });
      expect(engine.calls.map((call) => call.replace(/[0-9a-f]{64}/, 'ID'))).toEqual([
        expect.stringMatching(/^GET \/containers\/devenv-[a-z0-9-]+\/json$/),
        'POST /containers/ID/exec',
        'POST /exec/ID/start',
        'GET /exec/ID/json',
      ]);
    } finally {
      await engine.close();
    }
  });

  it('keeps what it has compiled, and reads it only when it is its own', async () => {
    const home = await testFolder();
    const devenv = createCli(home);
    const first = await devenv.run(['--version']);
    const folder = join(home, '.cache/devenv/compiled');
    const [name] = await readdir(folder);
    const kept = await stat(join(folder, name!));

    expect(await devenv.run(['--version'])).toEqual(first);
    expect(await stat(join(folder, name!))).toMatchObject({ ino: kept.ino, mtime: kept.mtime });

    if (process.getuid?.() !== 0) return;
    await chown(join(folder, name!), 1, 1);
    expect(await devenv.run(['--version'])).toEqual(first);
    expect(await stat(join(folder, name!))).toMatchObject({ uid: 0 });
  });

  it('works where nothing can be kept', async () => {
    const devenv = createCli(await testFolder(), { env: { XDG_CACHE_HOME: '/dev/null' } });
    expect(await devenv.run(['--version'])).toMatchObject({ stderr: '', exitCode: 0 });
  });
});

function isPackage(name: string): boolean {
  return !name.startsWith('node:');
}
