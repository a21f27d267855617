import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { extract, type Header } from 'tar-stream';

export interface TarEntry extends Header {
  content: string;
}

export async function readTar(tar: Readable): Promise<TarEntry[]> {
  const entries = [];
  const parser = extract();
  tar.on('error', (error) => parser.destroy(error));
  for await (const entry of tar.pipe(parser)) {
    const content = (await buffer(entry)).toString();
    entries.push({ ...entry.header, content });
  }
  return entries;
}

/**
 * What the docker CLI sends for `docker build FOLDER` with the classic builder: the reference for
 * contexts. It talks to nothing but a server in this process. Throws what the CLI says.
 */
export async function contextOfDocker(folder: string): Promise<TarEntry[]> {
  let tar: Buffer | undefined;
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      response.setHeader('Api-Version', '1.41').setHeader('Ostype', 'linux');
      if (request.url?.includes('/build')) tar = body;
      response.end(tar === undefined ? 'OK' : '{"stream":"done"}\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await promisify(execFile)('docker', ['build', '--quiet', folder], {
      env: { ...process.env, DOCKER_BUILDKIT: '0', DOCKER_HOST: `tcp://127.0.0.1:${port}` },
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
  if (tar === undefined) throw new Error('docker build sent no context');
  return readTar(Readable.from([tar]));
}
