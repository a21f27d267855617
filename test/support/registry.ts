import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request as sendRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Registry {
  /** host:port, which every engine takes for a registry without TLS. */
  address: string;
  /** The only one who may come in; undefined where everybody may. */
  login: { username: string; password: string } | undefined;
  /** Method and path of each request so far, in order, without the query. */
  requests: string[];
  /** The digest of an image by repository and tag; undefined when there is none. */
  digestOf(repository: string, tag: string): Promise<string | undefined>;
  /** The nth request that matches waits, having `arrived`, until its connection is cut. */
  holdAt(request: RegExp, nth?: number): { arrived: Promise<void>; cut: () => void };
  /** From now on the connection is cut at each request that matches. */
  cutAt(request: RegExp): void;
  /** Nothing more happens to any request. */
  heal(): void;
  close(): Promise<void>;
}

/** Why no registry can be run here; undefined where one can. */
export const noRegistry =
  existsSync('/usr/bin/docker-registry') && existsSync('/usr/bin/htpasswd')
    ? undefined
    : 'it needs the packages docker-registry and apache2-utils; npm test installs them for root';

interface Fault {
  request: RegExp;
  /** Given the way to cut the connection. */
  meet: (cut: () => void) => void;
  /** How often it happens. */
  times: number;
  /** How many requests pass before. */
  passes: number;
}

/** Runs Debian's docker-registry on 127.0.0.1, behind a gate that can hold and cut requests. */
export async function startRegistry({ password }: { password?: string } = {}): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'devenv-registry-'));
  const login = password === undefined ? undefined : { username: 'ann', password };
  const backend = await runRegistry(folder, login);
  const requests: string[] = [];
  let faults: Fault[] = [];

  const gate = createServer((incoming, outgoing) => {
    const call = `${incoming.method} ${incoming.url?.split('?')[0]}`;
    requests.push(call);
    const fault = faults.find((one) => one.request.test(call));
    if (fault !== undefined && fault.passes-- <= 0) {
      if (--fault.times <= 0) faults = faults.filter((one) => one !== fault);
      return fault.meet(() => outgoing.destroy());
    }
    // With its Host header: the registry builds its Location headers from it.
    const { method, url, headers } = incoming;
    const passed = sendRequest({ port: backend.port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    return incoming.pipe(passed);
  });
  const address = await listen(gate);

  return {
    address,
    login,
    requests,
    digestOf: async (repository, tag) => {
      const head = { method: 'HEAD', headers: { ...accept, ...authorization(login) } };
      const url = `http://127.0.0.1:${backend.port}/v2/${repository}/manifests/${tag}`;
      return (await fetch(url, head)).headers.get('docker-content-digest') ?? undefined;
    },
    holdAt: (request, nth = 1) => {
      let cut = (): void => undefined;
      const arrived = new Promise<void>((resolve) => {
        const meet = (cutIt: () => void): void => {
          cut = cutIt;
          resolve();
        };
        faults.push({ request, meet, times: 1, passes: nth - 1 });
      });
      return { arrived, cut: () => cut() };
    },
    cutAt: (request) => {
      faults.push({ request, meet: (cut) => cut(), times: Infinity, passes: 0 });
    },
    heal: () => {
      faults = [];
    },
    close: async () => {
      await new Promise<void>((resolve) => {
        gate.close(() => resolve());
        gate.closeAllConnections();
      });
      await backend.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const accept = { Accept: 'application/vnd.docker.distribution.manifest.v2+json' };

function authorization(login: Registry['login']): Record<string, string> {
  if (login === undefined) return {};
  const words = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  return { Authorization: `Basic ${words}` };
}

async function runRegistry(
  folder: string,
  login: Registry['login'],
): Promise<{ port: number; end: () => Promise<void> }> {
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'data'));
  const users = join(folder, 'htpasswd');
  if (login !== undefined) {
    const { username, password } = login;
    execFileSync('htpasswd', ['-Bbc', '-C', '4', users, username, password], { stdio: 'ignore' });
  }
  const config = {
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0', relativeurls: true },
    ...(login && { auth: { htpasswd: { realm: 'test', path: users } } }),
  };
  const file = join(folder, 'config.yml');
  await writeFile(file, JSON.stringify(config));
  const child = spawn('docker-registry', ['serve', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const said: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      const found = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    child.once('close', () => reject(new Error(`docker-registry ended:\n${said.join('\n')}`)));
    child.once('error', reject);
  });
  return {
    port,
    end: async () => {
      child.kill();
      await ended;
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
