import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testEngineHost } from './engine.ts';

export interface EngineProxy {
  /** To be used as DOCKER_HOST; everybody on this machine may connect. */
  host: string;
  /** Method and path of each call so far, in order, without the query. */
  calls: string[];
  /**
   * The engine dies at the first call that matches, and is away until `heal`. `before`: it never
   * sees the call. `after`: it has carried it out, and the answer is lost. `within`: it dies in
   * the middle of the answer. Settles when it has died.
   */
  dieAt(call: RegExp, when: 'before' | 'after' | 'within'): Promise<void>;
  /** The first call that matches is answered by this failure, and the engine never sees it. */
  failAt(call: RegExp, status: number, message: string): void;
  /** The first call that matches waits, having `arrived`, until it is released. */
  holdAt(call: RegExp): { arrived: Promise<void>; release: () => void };
  /** The engine is there again, and nothing more happens to any call. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

type Fault = { call: RegExp } & (
  | { kind: 'die'; when: 'before' | 'after' | 'within'; died: () => void }
  | { kind: 'fail'; answer: string }
  | { kind: 'hold'; arrived: () => void; released: Promise<void> }
);

/** Stands between a client and the tests' engine: lets others in, counts calls, fails on demand. */
export async function startEngineProxy(): Promise<EngineProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'devenv-proxy-'));
  await chmod(folder, 0o755);
  const path = join(folder, 'engine.sock');
  const calls: string[] = [];
  const sockets = new Set<Socket>();
  let faults: Fault[] = [];
  let server: Server | undefined;

  const listen = async (): Promise<void> => {
    server = createServer({ allowHalfOpen: true }, serve);
    server.listen(path);
    await once(server, 'listening');
    await chmod(path, 0o666);
  };

  /** As after a kill -9, except that a socket nobody listens on is removed. */
  const die = (): void => {
    server?.close();
    server = undefined;
    for (const socket of sockets) socket.destroy();
  };

  const serve = (client: Socket): void => {
    const engine = connectToEngine();
    let fault: Fault | undefined;
    for (const socket of [client, engine]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.on('close', () => engine.destroy()).on('end', () => engine.end());
    engine.on('end', () => client.end());
    client.on('data', (data) => {
      client.pause();
      void takeRequest(data).then((passed) => {
        if (passed) engine.write(data, () => client.resume());
        else client.resume();
      });
    });
    engine.on('data', (data) => {
      if (fault?.kind !== 'die') {
        if (!client.write(data)) {
          engine.pause();
          client.once('drain', () => engine.resume());
        }
        return;
      }
      const { when, died } = fault;
      client.write(when === 'within' ? beginning(data) : '', () => {
        die();
        died();
      });
    });

    /** Whether the engine gets to see it. */
    const takeRequest = async (data: Buffer): Promise<boolean> => {
      const call = requestLine(data);
      if (call === undefined) return fault?.kind !== 'fail';
      calls.push(call);
      fault = faults.find((one) => one.call.test(call));
      if (fault === undefined) return true;
      faults = faults.filter((one) => one !== fault);
      switch (fault.kind) {
        case 'die':
          if (fault.when !== 'before') return true;
          die();
          fault.died();
          return false;
        case 'fail':
          client.write(fault.answer);
          return false;
        case 'hold':
          fault.arrived();
          await fault.released;
          return true;
      }
    };
  };

  await listen();
  return {
    host: `unix://${path}`,
    calls,
    dieAt: (call, when) =>
      new Promise((died) => {
        faults.push({ call, kind: 'die', when, died });
      }),
    failAt: (call, status, message) => {
      const body = JSON.stringify({ message });
      const head = `HTTP/1.1 ${status} Failure\r\nContent-Type: application/json\r\n`;
      const answer = `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
      faults.push({ call, kind: 'fail', answer });
    },
    holdAt: (call) => {
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      const arrived = new Promise<void>((resolve) => {
        faults.push({ call, kind: 'hold', arrived: resolve, released });
      });
      return { arrived, release };
    },
    heal: async () => {
      faults = [];
      if (server === undefined) await listen();
    },
    close: async () => {
      die();
      await rm(folder, { recursive: true });
    },
  };
}

function connectToEngine(): Socket {
  const url = new URL(testEngineHost());
  const address =
    url.protocol === 'unix:'
      ? { path: url.pathname }
      : { host: url.hostname, port: Number(url.port) };
  return createConnection({ ...address, allowHalfOpen: true });
}

/** dockerode sends the head of a request in one write, so that a chunk starts with it. */
function requestLine(data: Buffer): string | undefined {
  const match = /^([A-Z]+) (?:\/v[\d.]+)?(\/[^ ?]*)\S* HTTP\/1\.1\r\n/.exec(
    data.toString('latin1', 0, 4096),
  );
  return match === null ? undefined : `${match[1]} ${match[2]}`;
}

/** The head of an answer, without the end of its body. */
function beginning(answer: Buffer): Buffer {
  const head = answer.indexOf('\r\n\r\n') + 4;
  return answer.subarray(0, Math.max(head, answer.length - 5));
}
