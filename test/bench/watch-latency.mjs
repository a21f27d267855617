import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * How long it takes from saving a file that the image copies until the new workspace runs, under
 * `devenv watch`. Milliseconds, one of each for every round; one round before does not count.
 *
 * @param {{ root: string, host: string, image: string, rounds: number, files?: number }} options
 *   Folder of the repository; the engine's address; the base image; files in the context.
 * @returns {Promise<Latency[]>}
 *
 * @typedef {object} Latency
 * @property {number} total From the save to the start of the new container.
 * @property {number} build Of that, the build step.
 * @property {number} notice Of that, from the save to the beginning of the build: what watching
 *   itself costs.
 * @property {number} swap Of that, from the end of the build on: what every rebuild costs.
 * @property {number} engine Of the swap, the engine's own calls: making a container, stopping and
 *   starting one, which no tool can do without.
 */
export async function measureWatchLatency({ root, host, image, rounds, files = 100 }) {
  const folder = mkdtempSync(join(tmpdir(), 'devenv-bench-watch-'));
  const project = join(folder, 'project');
  const saved = join(project, 'src/saved');
  mkdirSync(join(project, 'src'), { recursive: true });
  writeFileSync(join(project, 'devenv.yaml'), 'name: bench-watch\nbuild: .\n');
  writeFileSync(join(project, 'Dockerfile'), `FROM ${image}\nCOPY src /src\n`);
  for (let file = 0; file < files; file++) writeFileSync(join(project, `src/${file}`), `${file}\n`);
  writeFileSync(saved, `${folder} 0\n`);

  const env = { ...process.env, HOME: folder, DOCKER_HOST: host };
  delete env.NODE_EXTRA_CA_CERTS;
  const program = join(root, 'cli/bin/devenv.cjs');
  const watching = spawn(process.execPath, [program, 'watch', '--json', '--progress', 'json'], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => watching.once('exit', resolve));
  const results = createInterface({ input: watching.stdout })[Symbol.asyncIterator]();
  let events = [];
  createInterface({ input: watching.stderr }).on('line', (line) => {
    // Node's own warnings come there too.
    if (line.startsWith('{')) events.push({ at: performance.now(), ...JSON.parse(line) });
  });

  /** Fails rather than waits for what will not come. */
  const isDone = async () => {
    for (;;) {
      const { value, done } = await results.next();
      if (done) throw new Error('devenv watch has ended');
      const line = JSON.parse(value);
      if (line.type === 'failed') throw new Error(line.error.message);
      if (line.type === 'done') return;
    }
  };

  try {
    await isDone();
    const latencies = [];
    for (let round = 0; round <= rounds; round++) {
      events = [];
      const start = performance.now();
      writeFileSync(saved, `${folder} ${round + 1}\n`);
      await isDone();
      if (round > 0) latencies.push(latencyOf(events, start));
    }
    return latencies;
  } finally {
    watching.kill('SIGINT');
    await ended;
    const run = (command, ...args) => execFileSync(command, args, { cwd: project, env });
    run(process.execPath, program, 'down', '--volumes', '--yes');
    const format = '{{.Repository}}:{{.Tag}}';
    const images = run('docker', 'images', '--format', format, 'devenv/bench-watch').toString();
    for (const tag of images.split('\n').filter((line) => line !== '')) run('docker', 'rmi', tag);
    rmSync(folder, { recursive: true });
  }
}

function latencyOf(events, start) {
  const begun = (title) =>
    events.find((event) => event.type === 'step-started' && event.title.startsWith(title));
  const finished = (step) =>
    events.find(
      (event) =>
        event.type === 'step-finished' && event.index === step.index && event.at >= step.at,
    );
  const build = begun('build image');
  const built = finished(build);
  const swapped = finished(begun('start container'));
  const engine = ['create container', 'stop container', 'start container']
    .map((title) => finished(begun(title)).milliseconds)
    .reduce((sum, milliseconds) => sum + milliseconds, 0);
  return {
    total: swapped.at - start,
    build: built.milliseconds,
    notice: build.at - start,
    swap: swapped.at - built.at,
    engine,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const latencies = await measureWatchLatency({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    host: process.env.DEVENV_TEST_HOST ?? process.env.DOCKER_HOST,
    image: 'debian:bookworm-slim',
    rounds: 7,
  });
  console.table(
    latencies.map((one) =>
      Object.fromEntries(Object.entries(one).map(([k, v]) => [k, Math.round(v)])),
    ),
  );
}
