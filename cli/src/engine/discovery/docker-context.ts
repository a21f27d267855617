import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DevenvError } from '../../errors.ts';
import type { EngineAddress } from '../docker/address.ts';
import { parseAddress } from './address.ts';
import { dockerConfigFolder } from './docker-config-folder.ts';
import { readTls } from './tls.ts';

type Environment = Record<string, string | undefined>;

/**
 * The Docker context in use, as `docker context` keeps it; undefined for the default one, which
 * means the usual sockets. Fails with `engine_unreachable` when it names no engine.
 */
export async function currentContext(
  environment: Environment,
  home: string,
): Promise<{ name: string; address: EngineAddress } | undefined> {
  const folder = dockerConfigFolder(environment, home);
  const name = environment.DOCKER_CONTEXT || (await configuredContext(folder));
  if (name === undefined || name === '' || name === 'default') return undefined;
  return { name, address: await readContext(folder, name) };
}

async function configuredContext(folder: string): Promise<string | undefined> {
  const config = await readJson(join(folder, 'config.json'));
  const name = (config as { currentContext?: unknown } | undefined)?.currentContext;
  return typeof name === 'string' ? name : undefined;
}

async function readContext(folder: string, name: string): Promise<EngineAddress> {
  const via = `the Docker context "${name}"`;
  const id = createHash('sha256').update(name).digest('hex');
  const file = join(folder, 'contexts/meta', id, 'meta.json');
  const meta = (await readJson(file)) as
    { Endpoints?: { docker?: { Host?: unknown } } } | undefined;
  const host = meta?.Endpoints?.docker?.Host;
  if (typeof host !== 'string') {
    throw new DevenvError('engine_unreachable', `${capitalize(via)} names no engine.`, {
      hint: 'See "docker context ls"; "docker context use default" goes back to the usual engine.',
      details: [`looked for in ${file}`],
    });
  }
  const tls = join(folder, 'contexts/tls', id, 'docker');
  const address = { host: parseAddress(host, via) };
  return existsSync(tls) ? { ...address, tls: await readTls(tls, via) } : address;
}

/** undefined when there is no such file, or when it cannot be understood. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
