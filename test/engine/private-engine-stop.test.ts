import { existsSync } from 'node:fs';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../cli/src/commands/run-program.ts';
import { privateEngineStatus, startPrivateEngine } from '../../cli/src/engine/private-engine.ts';
import { expectValid } from '../commands/output-schemas.ts';
import { surroundings, type Outcome } from '../commands/program.ts';
import { program } from '../support/cli.ts';
import { plainImage } from '../support/images.ts';
import {
  describePrivateEngine,
  noPrivateEngine,
  quietStart,
  removePrivateEngine,
  startContainer,
  type TestPrivateEngine,
} from '../support/private-engine.ts';
import { openPty } from '../support/pty.ts';

const isRoot = process.getuid?.() === 0;
const obstacle = isRoot ? await noPrivateEngine() : 'a root engine needs root';

describe.skipIf(obstacle)(`devenv engine stop${obstacle ? ` (skipped: ${obstacle})` : ''}`, () => {
  let engine: TestPrivateEngine;
  let shop: string;
  let api: string;

  beforeAll(async () => {
    engine = await describePrivateEngine();
    await startPrivateEngine(engine.owner, quietStart);
    shop = await startWorkspace({ id: '00000001', name: 'shop', root: '/home/ann/shop', uid: '1' });
    api = await startWorkspace({ id: '00000002', name: 'api', root: '/root/api', uid: '0' });
    await startContainer(engine.files.socket, await plainImage(engine.docker), ['true']);
  });

  beforeEach(async () => {
    await startPrivateEngine(engine.owner, quietStart);
    for (const id of [shop, api]) await engine.docker.startContainer(id);
  });

  afterAll(() => removePrivateEngine(engine));

  // Each leaves its sessions to the next one, until the engine has stopped.
  it('asks before it ends somebody’s session, and takes no for an answer', async () => {
    await startSession(shop);
    const refused = await devenv('engine', 'stop');
    expect([refused.exitCode, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toBe(
      'devenv: Stopping the engine ends one attached session in shop (/home/ann/shop). Go on? ' +
        'Nobody can be asked here.\nhint: Give --yes to answer yes.\n',
    );
    await startSession(shop);
    const terminal = openPty(process.execPath, [program, 'engine', 'stop'], {
      cwd: engine.folder,
      env: { ...engine.owner.environment, TERM: 'xterm' },
    });
    await terminal.waitFor(/ends 2 attached sessions in shop/);
    terminal.write('n');
    expect(await terminal.exited).toBe(130);
    expect(await states()).toEqual(['running', 'running']);
  });

  it('with --dry-run says what it would stop, and asks nothing', async () => {
    await startSession(api);
    const { host } = await privateEngineStatus(engine.owner);
    expect(await devenv('engine', 'stop', '--dry-run')).toEqual({
      exitCode: 0,
      stdout:
        `Would stop the engine at ${host}, and with it:\n` +
        '  api (/root/api), one attached session\n  shop (/home/ann/shop), 2 attached sessions\n',
      stderr: '',
    });
    expect(await states()).toEqual(['running', 'running']);
  });

  it('with --yes ends the sessions, and says in whose workspaces', async () => {
    const { exitCode, stdout } = await devenv('engine', 'stop', '--yes', '--json');
    expect(exitCode).toBe(0);
    expect(expectValid('engine-stop', stdout)).toEqual({
      stopped: true,
      workspaces: [
        { id: '00000002', name: 'api', environment: '', folder: '/root/api', sessions: 1 },
        { id: '00000001', name: 'shop', environment: '', folder: '/home/ann/shop', sessions: 2 },
      ],
    });
    expect(await privateEngineStatus(engine.owner)).toMatchObject({ running: false });
  });

  it('without sessions asks nothing, and names the running workspaces it stops', async () => {
    await engine.docker.stopContainer(shop, 0);
    const { exitCode, stdout } = await devenv('engine', 'stop');
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      'The engine has stopped, and with it:\n  api (/root/api)\n' +
        'Its images and containers are kept.\n',
    );
    expect(await privateEngineStatus(engine.owner)).toMatchObject({ running: false });
  });

  it('asks nothing where the engine does not answer', async () => {
    await startSession(shop);
    const { pid } = await privateEngineStatus(engine.owner);
    process.kill(pid!, 'SIGKILL');
    while (existsSync(`/proc/${pid}`)) await new Promise((done) => setTimeout(done, 20));
    expect(await devenv('engine', 'stop')).toMatchObject({
      exitCode: 0,
      stdout: 'The engine has stopped; its images and containers are kept.\n',
    });
    const again = await devenv('engine', 'stop', '--json');
    expect(expectValid('engine-stop', again.stdout)).toEqual({ stopped: false, workspaces: [] });
  });

  async function devenv(...argv: string[]): Promise<Outcome> {
    const outside = surroundings(engine.folder, { environment: engine.owner.environment });
    const exitCode = await runProgram(argv, outside);
    return { exitCode, stdout: outside.stdout.text, stderr: outside.stderr.text };
  }

  async function states(): Promise<(string | undefined)[]> {
    const all = await Promise.all([shop, api].map((id) => engine.docker.inspectContainer(id)));
    return all.map((inspection) => inspection?.State.Status);
  }

  /** A container as devenv labels those of a workspace. */
  async function startWorkspace(facts: Record<string, string>): Promise<string> {
    const found = Object.entries({ environment: '', ...facts });
    return startContainer(engine.files.socket, await plainImage(engine.docker), ['sleep', '1000'], {
      Labels: Object.fromEntries(found.map(([name, value]) => [`devenv.${name}`, value])),
      HostConfig: { Init: true },
    });
  }

  async function startSession(container: string): Promise<void> {
    const api = new Dockerode({ socketPath: engine.files.socket });
    const exec = await api.getContainer(container).exec({ Cmd: ['sleep', '1000'] });
    await exec.start({ Detach: true });
  }
});
