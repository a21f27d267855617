import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverEngine, type DiscoveryInput } from '../../cli/src/engine/discovery.ts';
import { usualSockets } from '../../cli/src/engine/discovery/usual-sockets.ts';
import type { DevenvError } from '../../cli/src/errors.ts';
import { itUnless } from '../support/it-unless.ts';

let home: string;
let servers: Server[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'devenv-discovery-'));
  servers = [];
});

afterEach(async () => {
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  rmSync(home, { recursive: true });
});

describe('discoverEngine', () => {
  it('takes --host before everything else', async () => {
    const wanted = await listen('wanted.sock');
    const other = await listen('other.sock');
    const found = await discoverEngine(
      input({ host: `unix://${wanted}`, environment: { DOCKER_HOST: `unix://${other}` } }),
    );
    expect(found).toMatchObject({ via: '--host', address: { host: `unix://${wanted}` } });
  });

  it('takes DOCKER_HOST before the Docker context', async () => {
    const wanted = await listen('wanted.sock');
    writeContext('other', { host: `unix://${await listen('other.sock')}` });
    const found = await discoverEngine(
      input({ environment: { DOCKER_HOST: `unix://${wanted}`, DOCKER_CONTEXT: 'other' } }),
    );
    expect(found.via).toBe('DOCKER_HOST');
    expect(found.address.host).toBe(`unix://${wanted}`);
  });

  it.each([
    ['DOCKER_CONTEXT', { DOCKER_CONTEXT: 'work' }],
    ['the current context of config.json', {}],
  ])('follows %s', async (_, environment) => {
    const socket = await listen('work.sock');
    writeContext('work', { host: `unix://${socket}` });
    writeFile('.docker/config.json', JSON.stringify({ currentContext: 'work' }));
    const found = await discoverEngine(input({ environment }));
    expect(found.address).toEqual({ host: `unix://${socket}` });
    expect(found.via).toBe('the Docker context "work"');
  });

  it('reads the TLS material of a context', async () => {
    writeContext('safe', { host: 'ssh://someone@example.org' });
    const folder = `.docker/contexts/tls/${sha256('safe')}/docker`;
    for (const name of ['ca', 'cert', 'key']) writeFile(`${folder}/${name}.pem`, `the ${name}`);
    const found = await discoverEngine(input({ environment: { DOCKER_CONTEXT: 'safe' } }));
    expect(found.address.tls).toEqual({ ca: 'the ca', cert: 'the cert', key: 'the key' });
  });

  it('reads DOCKER_CERT_PATH when DOCKER_TLS_VERIFY is set, and only then', async () => {
    const port = await listenTcp();
    for (const name of ['ca', 'cert', 'key']) writeFile(`certs/${name}.pem`, name);
    const environment = {
      DOCKER_HOST: `tcp://127.0.0.1:${port}`,
      DOCKER_CERT_PATH: join(home, 'certs'),
    };
    const plain = await discoverEngine(input({ environment }));
    expect(plain.address.tls).toBeUndefined();
    const safe = await discoverEngine(
      input({ environment: { ...environment, DOCKER_TLS_VERIFY: '1' } }),
    );
    expect(safe.address.tls).toEqual({ ca: 'ca', cert: 'cert', key: 'key' });
  });

  it('takes the engine of the person’s settings before the usual sockets', async () => {
    await listen('runtime/docker.sock');
    const wanted = await listen('wanted.sock');
    const found = await discoverEngine(input({ settingsEngine: `unix://${wanted}` }));
    expect(found.via).toBe('your settings');
  });

  itUnless(usualEngine())(
    'finds rootless Docker, Docker Desktop, Podman and its own engine, in this order',
    async () => {
      const sockets = [
        'runtime/docker.sock',
        '.docker/run/docker.sock',
        '.docker/desktop/docker.sock',
        'runtime/podman/podman.sock',
        'engine/run/docker.sock',
      ];
      for (const socket of sockets) await listen(socket);
      for (const socket of sockets) {
        const found = await discoverEngine(input());
        expect(found.address.host).toBe(`unix://${join(home, socket)}`);
        rmSync(join(home, socket));
      }
    },
  );

  it('never falls back from an explicit choice', async () => {
    await listen('runtime/docker.sock');
    const gone = `unix://${join(home, 'gone.sock')}`;
    writeContext('gone', { host: gone });
    const choices: Partial<DiscoveryInput>[] = [
      { host: gone },
      { environment: { DOCKER_HOST: gone } },
      { environment: { DOCKER_CONTEXT: 'gone' } },
      { environment: { DOCKER_CONTEXT: 'nobody-made-it' } },
      { settingsEngine: gone },
    ];
    for (const choice of choices) {
      const error = await failure(input(choice));
      expect(error).toMatchObject({ code: 'engine_unreachable', exitCode: 3 });
      expect(error.hint).toBeTruthy();
    }
  });

  it('says which choice failed, and why', async () => {
    const gone = `unix://${join(home, 'gone.sock')}`;
    const error = await failure(input({ environment: { DOCKER_HOST: gone } }));
    expect(error.message).toBe(`The engine at ${gone} (from DOCKER_HOST) does not exist.`);
    expect(error.hint).toContain('DOCKER_HOST');
  });

  it('tells what does not run from what is no socket', async () => {
    const error = await failure(input({ host: `tcp://127.0.0.1:${await freePort()}` }));
    expect(error.message).toContain('is not running: nothing listens there');
    writeFile('plain-file', '');
    const path = `unix://${join(home, 'plain-file')}`;
    expect((await failure(input({ host: path }))).message).not.toContain('does not exist');
  });

  itUnless(usualEngine())('names everything it tried when nothing answers', async () => {
    const error = await failure(input());
    expect(error.code).toBe('engine_unreachable');
    for (const { host } of usualSockets(input())) {
      expect(error.details.join('\n')).toContain(`${host} does not exist`);
    }
    expect(error.details.join('\n')).toContain(join(home, 'engine/run/docker.sock'));
    expect(error.hint).toContain('devenv engine start');
  });

  itUnless(process.getuid?.() === 0 ? undefined : 'it changes the user, which needs root')(
    'names the group that may use a socket closed to the person',
    async () => {
      const socket = await listen('closed.sock');
      const error = await asNobody(() => failure(input({ host: `unix://${socket}` })));
      expect(error.message).toContain('may not be used by you');
      expect(error.hint).toMatch(/not in the group "\w+".*devenv engine start.*usermod/s);
    },
  );

  it('does not wait for ever for an address that swallows packets', async () => {
    const started = Date.now();
    // TEST-NET-1 of RFC 5737: nobody is there.
    const error = await failure(input({ host: 'tcp://192.0.2.254:2375' }));
    expect(error.code).toBe('engine_unreachable');
    expect(Date.now() - started).toBeLessThan(7_000);
  });

  it('refuses what is no engine address', async () => {
    for (const host of ['', 'unix:/var/run/docker.sock', 'ftp://example.org', 'tcp://', 'a b']) {
      expect(await failure(input({ host }))).toMatchObject({ code: 'usage', exitCode: 2 });
    }
  });

  it('lets ssh addresses through without trying them', async () => {
    const found = await discoverEngine(input({ host: 'ssh://me@host.invalid' }));
    expect(found.address.host).toBe('ssh://me@host.invalid');
  });
});

function input(changes: Partial<DiscoveryInput> = {}): DiscoveryInput {
  const environment = {
    XDG_RUNTIME_DIR: join(home, 'runtime'),
    DEVENV_ENGINE_FOLDER: join(home, 'engine'),
    ...changes.environment,
  };
  return { home, uid: 1234, platform: 'linux', ...changes, environment };
}

async function listen(name: string): Promise<string> {
  const path = join(home, name);
  mkdirSync(dirname(path), { recursive: true });
  const server = createServer();
  servers.push(server);
  await new Promise<void>((ready) => server.listen(path, ready));
  return path;
}

async function listenTcp(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return (server.address() as { port: number }).port;
}

async function freePort(): Promise<number> {
  const port = await listenTcp();
  await new Promise((done) => servers.pop()?.close(done));
  return port;
}

function writeContext(name: string, { host }: { host: string }): void {
  const meta = { Name: name, Metadata: {}, Endpoints: { docker: { Host: host } } };
  writeFile(`.docker/contexts/meta/${sha256(name)}/meta.json`, JSON.stringify(meta));
}

function writeFile(name: string, content: string): void {
  const path = join(home, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function failure(input: DiscoveryInput): Promise<DevenvError> {
  try {
    await discoverEngine(input);
  } catch (error) {
    return error as DevenvError;
  }
  throw new Error('an engine was found');
}

async function asNobody<T>(run: () => Promise<T>): Promise<T> {
  process.setegid?.(65534);
  process.seteuid?.(65534);
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

/** An engine of this machine at a fixed path would be found first, whatever a test sets up. */
function usualEngine(): string | undefined {
  const sockets = ['/var/run/docker.sock', '/run/podman/podman.sock', '/run/devenv/docker.sock'];
  const socket = sockets.find((path) => existsSync(path));
  return socket && `${socket} exists and would be found first`;
}
