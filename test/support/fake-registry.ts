import { createHash, randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { packFiles } from '../../cli/src/engine/container/tar.ts';

export interface FakeRegistry {
  /** host:port, which every engine takes for a registry without TLS. */
  address: string;
  /** Settles when the engine has begun to fetch the layer of `slow`. */
  slowLayerAsked: Promise<void>;
  /** Settles when the engine has let go of that layer. */
  slowLayerDropped: Promise<void>;
  close: () => Promise<void>;
}

interface Blob {
  digest: string;
  bytes: Buffer;
}

/**
 * A registry on 127.0.0.1 with the repositories `good` (tags `latest` and `other`), `slow` (its
 * layer comes drop by drop), `cut` (the connection ends in the middle of the layer, the first
 * time), `private` (401) and `forbidden` (403); everything else is 404.
 */
export async function startFakeRegistry(): Promise<FakeRegistry> {
  const tar = await packFiles([
    { path: 'hello', content: randomBytes(300_000), mode: 0o644, uid: 0, gid: 0 },
  ]);
  const layer = blob(gzipSync(tar, { level: 0 }));
  const config = blob(imageConfig(tar));
  const manifest = blob(imageManifest(config, layer));
  const asked = deferred();
  const dropped = deferred();

  let cuts = 0;

  const server = createServer((request, response) => {
    const [, , repository, kind, name] = (request.url ?? '').split('/');
    if (repository === undefined || repository === '') return send(response, 200, {});
    if (repository === 'private') {
      response.setHeader('WWW-Authenticate', 'Basic realm="test"');
      return send(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'log in first' }] });
    }
    if (repository === 'forbidden') {
      return send(response, 403, { errors: [{ code: 'DENIED', message: 'not for you' }] });
    }
    if (!['good', 'slow', 'cut'].includes(repository)) {
      return send(response, 404, { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'unknown' }] });
    }
    if (kind === 'manifests' && ['latest', 'other', manifest.digest].includes(name ?? '')) {
      response.setHeader('Content-Type', 'application/vnd.docker.distribution.manifest.v2+json');
      response.setHeader('Docker-Content-Digest', manifest.digest);
      return sendBytes(response, manifest.bytes);
    }
    if (name === config.digest) return sendBytes(response, config.bytes);
    if (name === layer.digest && repository === 'cut' && cuts === 0) {
      cuts += 1;
      response.setHeader('Content-Length', layer.bytes.length);
      response.write(layer.bytes.subarray(0, 100_000), () => response.destroy());
      return;
    }
    if (name === layer.digest && repository !== 'slow') return sendBytes(response, layer.bytes);
    if (name === layer.digest) {
      response.setHeader('Content-Length', layer.bytes.length);
      const drip = setInterval(() => response.write(layer.bytes.subarray(0, 10)), 20);
      response.on('close', () => {
        clearInterval(drip);
        dropped.resolve();
      });
      return asked.resolve();
    }
    return send(response, 404, { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'unknown' }] });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    slowLayerAsked: asked.promise,
    slowLayerDropped: dropped.promise,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function blob(bytes: Buffer): Blob {
  return { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

function imageConfig(tar: Buffer): Buffer {
  const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch;
  return Buffer.from(
    JSON.stringify({
      architecture,
      os: 'linux',
      config: { Cmd: ['/hello'] },
      rootfs: { type: 'layers', diff_ids: [blob(tar).digest] },
      history: [{ created: '2026-01-01T00:00:00Z', created_by: 'a test' }],
    }),
  );
}

function imageManifest(config: Blob, layer: Blob): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        size: config.bytes.length,
        digest: config.digest,
      },
      layers: [
        {
          mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
          size: layer.bytes.length,
          digest: layer.digest,
        },
      ],
    }),
  );
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(body));
}

/** With its length said also to HEAD, which the engine asks first. */
function sendBytes(response: ServerResponse, bytes: Buffer): void {
  response.setHeader('Content-Length', bytes.length);
  response.end(bytes);
}
