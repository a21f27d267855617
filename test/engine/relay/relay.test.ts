import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { relayGitCredentials } from '../../../cli/src/engine/relay/git-credentials.ts';
import { relaySshAgent } from '../../../cli/src/engine/relay/ssh-agent.ts';
import type { ResolvedMount } from '../../../cli/src/plan/container-spec.ts';
import { describeWithEngine } from '../../support/engine.ts';
import { itUnless } from '../../support/it-unless.ts';
import { makeTempFolder, removeTempFolder } from '../../support/temp-folder.ts';
import { startTestContainer, type TestContainer } from '../../support/test-container.ts';

const run = promisify(execFile);

const missing = ['git', 'ssh-agent', 'ssh-add', 'ssh-keygen'].filter(
  (name) => !existsSync(`/usr/bin/${name}`),
);
const reason =
  missing.length > 0
    ? `this host has no ${missing.join(', ')} in /usr/bin`
    : process.env.DEVENV_TEST_HOST?.startsWith('unix:')
      ? undefined
      : 'the engine is not on this host';
const itOnThisHost = itUnless(reason);

describeWithEngine('what sessions get from the host', () => {
  let root: string;
  let folder: string;
  let container: TestContainer;
  const undo: (() => unknown)[] = [];

  beforeAll(async () => {
    root = await makeTempFolder();
    folder = join(root, 'run');
    await mkdir(folder, { mode: 0o700 });
    const bind = (source: string, target: string): ResolvedMount => {
      return { type: 'bind', source, target, readOnly: false };
    };
    // With the host's programs, so that git and ssh-add are there to be tried.
    container = await startTestContainer({
      user: `${process.getuid!()}:${process.getgid!()}`,
      mounts: [
        bind(folder, '/run/devenv'),
        ...['/usr/bin', '/usr/lib'].map((path) => ({ ...bind(path, path), readOnly: true })),
      ],
    });
  });
  afterAll(async () => {
    await container.remove();
    await removeTempFolder(root);
  });
  beforeEach(async () => {
    const home = join(root, 'home');
    await mkdir(home, { recursive: true });
    vi.stubEnv('HOME', home);
    vi.stubEnv('XDG_CONFIG_HOME', join(home, '.config'));
  });
  afterEach(async () => {
    for (const one of undo.splice(0).reverse()) await one();
    vi.unstubAllEnvs();
  });

  itOnThisHost('an ssh agent with the host’s keys', async () => {
    const { stdout } = await run('ssh-agent', ['-s', '-a', join(root, 'agent.sock')]);
    const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(stdout)![1]);
    undo.push(() => process.kill(pid));
    const key = join(root, 'key');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'key of the host', '-f', key]);
    const agent = { ...process.env, SSH_AUTH_SOCK: join(root, 'agent.sock') };
    await run('ssh-add', ['-q', key], { env: agent });

    const relay = await relaySshAgent({ socketPath: join(root, 'agent.sock'), folder });
    undo.push(() => relay.close());
    expect((await stat(join(folder, relay.name))).mode & 0o777).toBe(0o600);
    const environment = { SSH_AUTH_SOCK: `/run/devenv/${relay.name}` };
    const lists = await Promise.all(
      [1, 2, 3].map(() => container.run(['ssh-add', '-l'], { environment })),
    );
    for (const { status, stdout: list } of lists) {
      expect(status).toBe(0);
      expect(list).toContain('key of the host');
    }
    await relay.close();
    expect((await container.run(['ssh-add', '-l'], { environment })).status).toBe(2);
    expect(await readdir(folder)).not.toContain(relay.name);
  });

  it('an agent relay that carries large answers and ends with the agent', async () => {
    const answer = Buffer.alloc(300_000, 'a');
    const agent = createServer((socket) => socket.end(answer)).listen(join(root, 'big.sock'));
    await once(agent, 'listening');
    undo.push(() => agent.close());
    const relay = await relaySshAgent({ socketPath: join(root, 'big.sock'), folder });
    undo.push(() => relay.close());
    const client = spawn(process.execPath, ['-e', script(join(folder, relay.name))]);
    expect(await text(client.stdout)).toBe('300000\n');
  });

  it('an agent relay in a folder whose path is too long for a socket', async () => {
    const deep = join(folder, 'x'.repeat(200));
    await mkdir(deep);
    const agent = createServer((socket) => socket.end('ok')).listen(join(root, 'short.sock'));
    await once(agent, 'listening');
    undo.push(() => agent.close());
    const one = await relaySshAgent({ socketPath: join(root, 'short.sock'), folder: deep });
    const other = await relaySshAgent({ socketPath: join(root, 'short.sock'), folder: deep });
    expect((await readdir(deep)).sort()).toEqual([one.name, other.name].sort());
    const client = spawn(process.execPath, ['-e', script(one.name)], { cwd: deep });
    expect(await text(client.stdout)).toBe('2\n');
    await Promise.all([one.close(), other.close()]);
    expect(await readdir(deep)).toEqual([]);
  });

  it('no sockets of clients that were killed', async () => {
    const server = `require('node:net').createServer().listen(${JSON.stringify(join(folder, 'agent-dead.sock'))}, () => console.log('up'))`;
    const dead = spawn(process.execPath, ['-e', server]);
    await once(dead.stdout, 'data');
    dead.kill('SIGKILL');
    await once(dead, 'exit');
    const one = await relaySshAgent({ socketPath: join(root, 'none.sock'), folder });
    const other = await relaySshAgent({ socketPath: join(root, 'none.sock'), folder });
    expect((await readdir(folder)).filter((name) => name.startsWith('agent-')).sort()).toEqual(
      [one.name, other.name].sort(),
    );
    await Promise.all([one.close(), other.close()]);
  });

  /** A host whose git has a name, an address, and a helper that notes what it is told. */
  async function configureHost(): Promise<string> {
    const log = join(root, 'helper.log');
    await writeFile(log, '');
    const helper = join(root, 'helper.sh');
    await writeFile(
      helper,
      `#!/bin/sh\n{ echo "== $1"; cat; } >>${log}\n[ "$1" = get ] && printf 'username=ann\\npassword=s3cret\\n'\nexit 0\n`,
    );
    await chmod(helper, 0o755);
    const set = (key: string, value: string): unknown =>
      execFileSync('git', ['config', '--global', key, value]);
    set('user.name', 'Ann Host');
    set('user.email', 'ann@example.org');
    set('credential.helper', helper);
    set('credential.useHttpPath', 'true');
    return log;
  }

  itOnThisHost('git credentials, several at once, kept and forgotten on the host', async () => {
    const log = await configureHost();
    const relay = await relayGitCredentials({ folder });
    undo.push(() => relay.close());
    const { environment } = relay;
    const ask = (path: string) =>
      container.run(['git', 'credential', 'fill'], {
        environment,
        input: `protocol=https\nhost=example.org\npath=${path}\n\n`,
      });
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(ask));
    for (const { status, stdout } of answers) {
      expect(status).toBe(0);
      expect(stdout).toContain('username=ann\npassword=s3cret\n');
    }
    const credential = 'protocol=https\nhost=example.org\nusername=ann\npassword=new\n\n';
    for (const word of ['approve', 'reject']) {
      await container.run(['git', 'credential', word], { environment, input: credential });
    }
    const told = await readFile(log, 'utf8');
    expect(told).toMatch(/== store\n[^=]*=https\n(.*\n)*password=new\n/);
    expect(told).toContain('== erase\n');
    const name = environment.DEVENV_GIT_CREDENTIALS!.split('/').at(-1)!;
    expect(await readdir(join(folder, name))).toEqual([]);
  });

  itOnThisHost('the name and address of the host’s git', async () => {
    await configureHost();
    const relay = await relayGitCredentials({ folder });
    undo.push(() => relay.close());
    const { stdout } = await container.run(['git', 'var', 'GIT_AUTHOR_IDENT'], {
      environment: relay.environment,
    });
    expect(stdout).toMatch(/^Ann Host <ann@example\.org> /);
  });

  itOnThisHost('no answer, and no waiting for one, when the client has gone', async () => {
    await configureHost();
    const relay = await relayGitCredentials({ folder });
    await relay.close();
    expect(await readdir(folder)).not.toContain(
      relay.environment.DEVENV_GIT_CREDENTIALS!.split('/').at(-1),
    );
    const ask = () =>
      container.run(['git', 'credential', 'fill'], {
        environment: { ...relay.environment, GIT_TERMINAL_PROMPT: '0' },
        input: 'protocol=https\nhost=example.org\n\n',
      });
    expect((await ask()).stderr).toContain('could not read Username');

    // Killed instead of closed: the folder stays, but nobody watches it.
    const dead = spawn('true');
    await once(dead, 'exit');
    const session = `credentials-${dead.pid}-0`;
    await mkdir(join(folder, session));
    relay.environment.DEVENV_GIT_CREDENTIALS = `/run/devenv/${session}`;
    const started = Date.now();
    expect((await ask()).stderr).toContain('could not read Username');
    expect(Date.now() - started).toBeLessThan(9_000);

    const next = await relayGitCredentials({ folder });
    expect(await readdir(folder)).not.toContain(session);
    await next.close();
  });

  it('nothing that is left in the folder', async () => {
    const names = await readdir(folder);
    expect(names.filter((name) => /^\.?(agent|credentials)-/.test(name))).toEqual([]);
  });
});

/** A client that sends something, keeps its side open, and says how much it was sent. */
function script(path: string): string {
  return `
    let length = 0;
    const socket = require('node:net').createConnection(${JSON.stringify(path)});
    socket.write('x');
    socket.on('data', (chunk) => { length += chunk.length; });
    socket.on('end', () => console.log(length));
  `;
}
