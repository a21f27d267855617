import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DevenvError } from '../../errors.ts';
import type { EngineAddress } from '../docker/address.ts';
import { dockerConfigFolder } from './docker-config-folder.ts';

/** Where DOCKER_TLS_VERIFY expects ca.pem, cert.pem and key.pem. */
export function tlsFolder(environment: Record<string, string | undefined>, home: string): string {
  return environment.DOCKER_CERT_PATH ?? dockerConfigFolder(environment, home);
}

/** The TLS material in a folder. Fails with `engine_unreachable` when a file cannot be read. */
export async function readTls(
  folder: string,
  via: string,
): Promise<NonNullable<EngineAddress['tls']>> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readPem(join(folder, name), via)),
  );
  return { ca: ca as string, cert: cert as string, key: key as string };
}

async function readPem(path: string, via: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new DevenvError(
      'engine_unreachable',
      `The engine from ${via} wants TLS, but ${path} cannot be read.`,
      {
        hint: 'Put ca.pem, cert.pem and key.pem there, or set DOCKER_CERT_PATH to their folder.',
        cause,
      },
    );
  }
}
