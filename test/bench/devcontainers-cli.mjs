import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const version = '0.88.0';

/** Installs @devcontainers/cli in a folder, once, and gives the path of its program. */
export function installDevcontainersCli(folder) {
  const home = join(folder, 'node_modules/@devcontainers/cli');
  if (installedVersion(home) !== version) {
    mkdirSync(folder, { recursive: true });
    const what = `@devcontainers/cli@${version}`;
    execFileSync('npm', ['install', '--no-save', '--prefix', folder, what], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return join(home, 'devcontainer.js');
}

function installedVersion(home) {
  const file = join(home, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}
