import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineFacts } from '../../plan/world.ts';
import type { Docker } from '../docker.ts';
import { readCached, writeCached } from '../host/json-cache.ts';

/** Changes when what is kept changes. */
const format = 1;

/** Milliseconds after which an engine behind the same socket may have been upgraded. */
const freshness = 24 * 60 * 60 * 1000;

interface Kept {
  socket: string;
  until: number;
  facts: EngineFacts;
}

/**
 * What kind of engine it is. An engine that starts makes a new socket, so that as long as the
 * socket is the same one the facts of the last call hold: asking starts two processes in Docker,
 * and takes 20 ms.
 */
export async function readEngineFacts(docker: Docker, cacheFolder: string): Promise<EngineFacts> {
  const socket = await identifySocket(docker.host);
  if (socket === undefined) return docker.facts();
  const key = createHash('sha256').update(docker.host).digest('hex').slice(0, 16);
  const file = join(cacheFolder, 'engines', `${key}.json`);
  const kept = await readCached<Kept>(file, format);
  if (kept?.socket === socket && kept.until > Date.now()) return kept.facts;
  const facts = await docker.facts();
  await writeCached(file, format, { socket, until: Date.now() + freshness, facts } satisfies Kept);
  return facts;
}

/** Which socket is at the address now; undefined where it is none of this machine. */
async function identifySocket(host: string): Promise<string | undefined> {
  if (!host.startsWith('unix://')) return undefined;
  try {
    const { dev, ino, ctimeMs } = await stat(host.slice('unix://'.length));
    return [dev, ino, ctimeMs].join(' ');
  } catch {
    // The call will say what is wrong with it.
    return undefined;
  }
}
