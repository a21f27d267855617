import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Docker } from '../../cli/src/engine/docker.ts';
import { packFiles } from '../../cli/src/engine/container/tar.ts';
import { testEngine } from './engine.ts';

/**
 * The reference of the image that the Dockerfile of `folder` (a URL that ends in a slash) makes:
 * built by the first call, and by the first after a change.
 */
export async function builtImage(
  name: string,
  folder: URL,
  docker: Docker = testEngine(),
): Promise<string> {
  const files = await Promise.all((await readdir(folder)).sort().map((one) => file(folder, one)));
  const hash = createHash('sha256');
  for (const { content } of files) hash.update(content);
  const reference = `devenv-test/${name}:${hash.digest('hex').slice(0, 8)}`;
  if ((await docker.inspectImage(reference)) !== undefined) return reference;

  const context = await packFiles(files);
  const log = await text(
    await docker.buildImage(Readable.from([context]), {
      t: reference,
      labels: { 'devenv-test': '1' },
      buildargs: proxies(),
      rm: true,
      forcerm: true,
    }),
  );
  if (log.includes('"error"')) throw new Error(`could not build ${reference}: ${log}`);
  return reference;
}

async function file(folder: URL, name: string) {
  const url = new URL(name, folder);
  const { mode } = await stat(url);
  return { path: name, content: await readFile(url), mode: mode & 0o777, uid: 0, gid: 0 };
}

function proxies(): Record<string, string> {
  const names = ['http_proxy', 'https_proxy', 'no_proxy'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
}
