import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Docker } from '../../cli/src/engine/docker.ts';
import { packFiles } from '../../cli/src/engine/container/tar.ts';
import { testEngine } from './engine.ts';

const folder = new URL('baseimage/', import.meta.url);

/**
 * The reference of an image that keeps the contract of phusion/baseimage, made from Debian's
 * packages: for engines that can reach no image registry. See baseimage/Dockerfile.
 */
export async function baseimageStandIn(docker: Docker = testEngine()): Promise<string> {
  const files = [await file('Dockerfile'), await file('my_init')];
  const hash = createHash('sha256');
  for (const { content } of files) hash.update(content);
  const reference = `devenv-test/baseimage:${hash.digest('hex').slice(0, 8)}`;
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

async function file(name: string) {
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
