import { execFileSync } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempFolder, removeTempFolder } from './temp-folder.ts';

export interface InterceptingProxy {
  /** Port on every address of this host. */
  port: number;
  /** File with the certificate of the company that reads along. */
  authority: string;
  /** `host:port` of each connection that was asked for. */
  asked: string[];
  close(): Promise<void>;
}

/**
 * A company's proxy: whatever HTTPS host is asked for through it, it answers in that host's place,
 * with a certificate that only machines of the company trust.
 *
 * @param host The one whose certificate it makes.
 * @param answer Gives the body for a path; undefined is a 404.
 */
export async function startInterceptingProxy(
  host: string,
  answer: (path: string) => Buffer | undefined,
): Promise<InterceptingProxy> {
  const folder = await makeTempFolder();
  const file = (name: string): string => join(folder, name);
  makeCertificates(folder, host);
  const server = createTlsServer(
    { key: await readFile(file('host.key')), cert: await readFile(file('host.pem')) },
    (request, response) => {
      const body = answer(request.url ?? '');
      response.writeHead(body === undefined ? 404 : 200).end(body);
    },
  );
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createHttpServer().on('connect', (request, socket: Socket) => {
    asked.push(request.url ?? '');
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    server.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '0.0.0.0', resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    authority: file('authority.pem'),
    asked,
    close: async () => {
      const closed = new Promise<void>((resolve) => proxy.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      await removeTempFolder(folder);
    },
  };
}

function makeCertificates(folder: string, host: string): void {
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  openssl(
    ...['req', '-x509', ...key, '-keyout', 'authority.key', '-out', 'authority.pem'],
    ...['-subj', '/CN=Company', '-days', '2'],
  );
  openssl(
    ...['req', ...key, '-keyout', 'host.key', '-out', 'host.csr', '-subj', `/CN=${host}`],
    ...['-addext', `subjectAltName=DNS:${host}`],
  );
  openssl(
    ...['x509', '-req', '-in', 'host.csr', '-CA', 'authority.pem', '-CAkey', 'authority.key'],
    ...['-CAcreateserial', '-copy_extensions', 'copy', '-days', '2', '-out', 'host.pem'],
  );
}
