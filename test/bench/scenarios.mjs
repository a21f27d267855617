import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildxConfig } from '../../scripts/lib/provide-buildx.mjs';
import { contextScenarios, letAge, makeContext } from './build-context.mjs';

const image = 'debian:bookworm-slim';

/**
 * What is compared, each with its aims: ratios of medians. Makes a container for each contender;
 * `close` takes them away.
 *
 * @param {{ root: string, devcontainer: string }} options Folder of the repository; program of
 *   @devcontainers/cli.
 */
export function makeScenarios({ root, devcontainer }) {
  const folder = mkdtempSync(join(tmpdir(), 'devenv-bench-'));
  // Node 20 reads this one as it starts: 60 ms for a whole bundle, whatever the program is.
  const env = { ...process.env, HOME: folder, DOCKER_HOST: engineHost() };
  // Under this HOME the docker CLI would look for its plug-ins in vain.
  env.DOCKER_CONFIG ??= buildxConfig;
  delete env.NODE_EXTRA_CA_CERTS;
  const project = join(folder, 'project');
  mkdirSync(join(project, '.devcontainer'), { recursive: true });
  writeFileSync(join(project, 'devenv.yaml'), `name: bench\nimage: ${image}\n`);
  writeFileSync(join(project, '.devcontainer/devcontainer.json'), JSON.stringify({ image }));

  const bench = `devenv-bench-${process.pid}`;
  const node = (name, args) => ({ name, command: [process.execPath, ...args], env, cwd: project });
  const devenv = (...args) =>
    node(`devenv ${args[0]}`, [join(root, 'cli/bin/devenv.cjs'), ...args]);
  const devcontainers = (verb, ...args) =>
    node(`devcontainer ${verb}`, [devcontainer, verb, '--workspace-folder', project, ...args]);
  const docker = (...args) => ({
    name: `docker ${args[0]}`,
    command: ['docker', ...args],
    env,
    cwd: project,
  });
  const run = ({ command: [program, ...args], env, cwd }) =>
    execFileSync(program, args, { env, cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const removeDevcontainer = () => {
    const label = `label=devcontainer.local_folder=${project}`;
    for (const id of run(docker('ps', '--all', '--quiet', '--filter', label)).split('\n')) {
      if (id !== '') run(docker('rm', '--force', id));
    }
  };

  run(docker('image', 'inspect', image));
  run(docker('run', '--detach', '--name', bench, image, 'sleep', 'infinity'));
  run(devenv('up'));
  run(devcontainers('up'));

  const scenarios = [
    {
      title: 'A command in a running workspace',
      contenders: [
        devenv('exec', '--', 'true'),
        docker('exec', bench, 'true'),
        devcontainers('exec', 'true'),
      ],
      aims: [
        { contender: 'devenv exec', of: 'docker exec', atMost: 2.2 },
        { contender: 'devenv exec', of: 'devcontainer exec', atMost: 0.35 },
      ],
    },
    {
      title: 'Up with nothing to do',
      contenders: [devenv('up'), devcontainers('up')],
      aims: [{ contender: 'devenv up', of: 'devcontainer up', atMost: 0.5 }],
    },
    {
      title: 'Up with the image present',
      contenders: [
        { ...devenv('up'), before: () => run(devenv('down')) },
        {
          ...docker('run', '--detach', '--name', bench, image, 'sleep', 'infinity'),
          before: () => run(docker('rm', '--force', bench)),
        },
        { ...devcontainers('up'), before: removeDevcontainer },
      ],
      aims: [{ contender: 'devenv up', of: 'docker run', atMost: 1.5 }],
    },
    {
      title: 'Start-up',
      contenders: [devenv('--help'), devenv('completion', 'bash'), node('node -e 0', ['-e', '0'])],
      aims: [
        { contender: 'devenv --help', of: 'node -e 0', atMost: 1.5 },
        { contender: 'devenv completion', of: 'node -e 0', atMost: 1.5 },
      ],
    },
  ];

  const large = join(folder, 'large');
  const prepareLarge = () => {
    if (existsSync(large)) return;
    mkdirSync(large);
    writeFileSync(join(large, 'devenv.yaml'), 'name: large\nbuild: .\n');
    writeFileSync(join(large, 'Dockerfile'), `FROM ${image}\nCOPY . /large\n`);
    writeFileSync(join(large, '.dockerignore'), 'devenv.yaml\n');
    makeContext(large);
    for (const contender of builds) run(contender);
    letAge(join(large, 'Dockerfile'));
  };
  const builds = [
    { ...devenv('build'), cwd: large },
    {
      ...docker('build', '--tag', `${bench}-large`, large),
      env: { ...env, DOCKER_BUILDKIT: '0' },
    },
    ...(hasBuildx(env)
      ? [
          {
            ...docker('buildx', 'build', '--load', '--tag', `${bench}-large`, large),
            name: 'docker buildx build',
          },
        ]
      : []),
  ];
  const noSlowerThanHalf = [{ contender: 'devenv build', of: 'docker build', atMost: 0.5 }];
  scenarios.push(
    ...contextScenarios({
      context: large,
      contenders: builds,
      unchanged: noSlowerThanHalf,
      changed: [],
    }).map((scenario) => ({ ...scenario, prepare: prepareLarge, rounds: 3 })),
  );

  function close() {
    run(docker('rm', '--force', bench));
    removeDevcontainer();
    run(devenv('down', '--volumes', '--yes'));
    if (existsSync(large)) removeImagesOfLarge();
    rmSync(folder, { recursive: true });
  }

  /** Every round with a changed file has made another image. */
  function removeImagesOfLarge() {
    const names = ['devenv/large', `${bench}-large`];
    for (const name of names) {
      for (const id of run(docker('images', '--quiet', name)).split('\n')) {
        if (id !== '') run(docker('rmi', '--force', id));
      }
    }
  }

  /** The engine that devenv would use, so that all contenders use the same. */
  function engineHost() {
    const given = process.env.DEVENV_TEST_HOST ?? process.env.DOCKER_HOST;
    if (given) return given;
    const program = join(root, 'cli/bin/devenv.cjs');
    const answer = execFileSync(process.execPath, [program, 'engine', 'status', '--json'], {
      encoding: 'utf8',
    });
    return JSON.parse(answer).host;
  }

  return { scenarios, host: env.DOCKER_HOST, image, close };
}

/** Docker's own way to BuildKit, where its plug-in is installed. */
function hasBuildx(env) {
  try {
    execFileSync('docker', ['buildx', 'version'], { env, stdio: 'ignore' });
    return true;
  } catch {
    console.error('docker buildx is not installed, so it is not compared.');
    return false;
  }
}
