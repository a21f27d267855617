import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Busybox {
  binary: Buffer;
  /** Names of the commands it plays. */
  applets: string[];
}

let found: Promise<Busybox> | undefined;

/** Debian's statically linked busybox: the installed one, or its package, unpacked aside. */
export function busybox(): Promise<Busybox> {
  return (found ??= find());
}

async function find(): Promise<Busybox> {
  if (await isInstalled('busybox-static')) return read('/bin/busybox');
  const folder = await mkdtemp(join(tmpdir(), 'devenv-busybox-'));
  try {
    await run('apt-get', ['download', 'busybox-static'], { cwd: folder });
    const [archive] = await readdir(folder);
    await run('dpkg-deb', ['--extract', archive!, folder], { cwd: folder });
    return await read(join(folder, 'bin/busybox'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function isInstalled(packageName: string): Promise<boolean> {
  try {
    const { stdout } = await run('dpkg-query', ['--show', '--showformat=${Status}', packageName]);
    return stdout.endsWith(' installed');
  } catch {
    // dpkg-query fails for a package that it has never seen.
    return false;
  }
}

async function read(path: string): Promise<Busybox> {
  const { stdout } = await run(path, ['--list']);
  return { binary: await readFile(path), applets: stdout.trim().split('\n') };
}
