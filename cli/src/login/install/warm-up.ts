import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DevenvError } from '../../errors.ts';
import { readerFlags } from '../ask-reader.ts';
import { cacheHome } from '../places.ts';
import type { ReadingRequest } from '../reading.ts';
import type { Machine } from './machine.ts';
import { places } from './places.ts';

/**
 * Has the installed program read a repository once, as root: what Node compiles for it is kept
 * where people can read it and cannot write. Fails with `install_failed` where the program does not
 * run.
 */
export async function warmUp(machine: Machine, node: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'devenv-warm-up-'));
  try {
    await writeFile(join(folder, 'devenv.yaml'), 'image: debian:bookworm-slim\n');
    const request: ReadingRequest = {
      named: undefined,
      repositories: { default: folder, roots: [folder] },
      home: '/root',
      asks: false,
      defaults: { image: 'debian:bookworm-slim', home: 'user' },
    };
    const argv = [node, ...readerFlags, places.program, '__login-read'].join(' ');
    const script = `cd / && printf %s "$1" | XDG_CACHE_HOME=${cacheHome} HOME=/ ${argv} >/dev/null`;
    const text = JSON.stringify(request);
    const { exitCode, tail } = await machine.run(['/bin/sh', '-c', script, 'sh', text]);
    if (exitCode === 0) return;
    throw new DevenvError('install_failed', 'What was installed does not run.', { details: tail });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
