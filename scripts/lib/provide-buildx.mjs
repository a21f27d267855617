import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/** What the docker CLI takes as its DOCKER_CONFIG, to have buildx where the machine has none. */
export const buildxConfig = join(root, '.cache/docker-cli');

/** A release of Debian that has the package; ours does not. */
const release = 'trixie';

/**
 * Unpacks Debian's docker-buildx beside this checkout, for the tests and benches that compare with
 * it. Nothing is installed on the machine; where there is no Debian, they say that it is missing.
 */
export function provideBuildx() {
  const plugin = join(buildxConfig, 'cli-plugins/docker-buildx');
  if (existsSync(plugin) || hasBuildx()) return;
  const mirror = debianMirror();
  if (mirror === undefined) return;
  console.log('Unpacking for the tests: docker-buildx …');
  const folder = join(root, '.cache/buildx');
  try {
    rmSync(folder, { recursive: true, force: true });
    download('docker-buildx', mirror, folder);
    mkdirSync(join(buildxConfig, 'cli-plugins'), { recursive: true });
    copyFileSync(join(folder, 'files/usr/libexec/docker/cli-plugins/docker-buildx'), plugin);
  } catch (error) {
    console.log(`That did not work: what needs it is skipped. ${error.message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function hasBuildx() {
  return spawnSync('docker', ['buildx', 'version'], { stdio: 'ignore' }).status === 0;
}

/** Where this machine has its own release from; undefined where that is no Debian. */
function debianMirror() {
  const format = ['--format', '$(ORIGIN) $(LABEL) $(COMPONENT) $(REPO_URI)'];
  const { stdout } = spawnSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' });
  return /^Debian Debian main (https?:\S+)$/m.exec(stdout ?? '')?.[1];
}

/** With lists and a cache of its own, so that the machine's apt knows nothing of the other release. */
function download(name, mirror, folder) {
  for (const part of ['lists/partial', 'archives/partial', 'files']) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(
    join(folder, 'sources.list'),
    `deb [signed-by=${keys}] ${mirror} ${release} main\n`,
  );
  const settings = {
    'Dir::Etc::SourceList': join(folder, 'sources.list'),
    'Dir::Etc::SourceParts': '-',
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': folder,
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const apt = (...args) =>
    execFileSync('apt-get', ['--quiet=2', ...options, ...args], { cwd: folder, stdio: 'pipe' });
  apt('update');
  apt('download', name);
  const archive = readdirSync(folder).find((file) => file.endsWith('.deb'));
  execFileSync('dpkg', ['-x', join(folder, archive), join(folder, 'files')]);
}
