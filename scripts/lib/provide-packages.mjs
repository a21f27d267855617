import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { run } from './run.mjs';

/** What tests use beside an engine. Where one is missing, its tests say so and are skipped. */
const packages = [
  'apache2-utils',
  'debootstrap',
  'docker-registry',
  'fish',
  'git',
  'iproute2',
  'iptables',
  'mmdebstrap',
  'openssl',
  'openssh-client',
  'openssh-server',
  'procps',
  'rootlesskit',
  'rsync',
  'slirp4netns',
  'sudo',
  'uidmap',
  'util-linux',
  'zsh',
];

/** Installs Debian's and Ubuntu's packages that the tests use, where this is root's to do. */
export async function providePackages() {
  if (process.getuid?.() !== 0 || !usesApt()) return;
  const missing = packages.filter((name) => !isInstalled(name));
  // The two busyboxes exclude each other; with the other one, tests fetch this one themselves.
  if (!isInstalled('busybox') && !isInstalled('busybox-static')) missing.push('busybox-static');
  leaveOutServer(missing);
  if (missing.length === 0) return;
  console.log(`Installing for the tests: ${missing.join(' ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '--quiet=2'], { env });
  const install = ['install', '--yes', '--quiet=2', '--no-install-recommends', ...missing];
  const { exitCode } = await run('apt-get', install, { env });
  if (exitCode !== 0) console.log('That did not work: the tests that need them are skipped.');
}

/** Its package opens the machine to ssh, unless services are told not to start, as in containers. */
function leaveOutServer(missing) {
  const index = missing.indexOf('openssh-server');
  if (index === -1 || existsSync('/usr/sbin/policy-rc.d')) return;
  missing.splice(index, 1);
  console.log('Tests of logins through ssh are skipped: they need the package openssh-server.');
}

function usesApt() {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

function isInstalled(name) {
  const query = ['--show', '--showformat=${Status}', name];
  return spawnSync('dpkg-query', query, { encoding: 'utf8' }).stdout?.endsWith(' installed');
}
