import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installDevcontainersCli } from '../test/bench/devcontainers-cli.mjs';
import { measure } from '../test/bench/measure.mjs';
import { formatResults, summarize, summarizeLatency } from '../test/bench/report.mjs';
import { makeScenarios } from '../test/bench/scenarios.mjs';
import { measureWatchLatency } from '../test/bench/watch-latency.mjs';
import { provideBuildx } from './lib/provide-buildx.mjs';

/*
 * npm run bench [-- --rounds N --only TITLE]: how long whole processes take, side by side with the
 * docker CLI and @devcontainers/cli. Needs a build, and an engine that devenv finds. Prints a
 * table, writes test-output/bench.json, and exits with 1 when an aim is missed.
 */

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, only: { type: 'string', default: '' } },
});

provideBuildx();
const devcontainer = installDevcontainersCli(join(root, '.cache/bench'));
const { scenarios, host, image, close } = makeScenarios({ root, devcontainer });
const results = [];
try {
  for (const scenario of scenarios.filter(({ title }) => title.includes(values.only))) {
    console.error(`Measuring: ${scenario.title}`);
    scenario.prepare?.();
    const times = measure(scenario.contenders, scenario.rounds ?? Number(values.rounds));
    results.push(summarize(scenario, times));
  }
} finally {
  close();
}

const watching = 'From a saved file to the new container, with devenv watch';
if (watching.includes(values.only)) {
  console.error(`Measuring: ${watching}`);
  const latencies = await measureWatchLatency({ root, host, image, rounds: 5 });
  results.push(summarizeLatency(watching, latencies));
}

await mkdir(join(root, 'test-output'), { recursive: true });
const machine = {
  node: process.version,
  platform: process.platform,
  rounds: Number(values.rounds),
};
await writeFile(
  join(root, 'test-output/bench.json'),
  `${JSON.stringify({ ...machine, results }, undefined, 2)}\n`,
);
console.log(formatResults(results));
if (results.some(({ aims }) => aims.some(({ holds }) => !holds))) process.exitCode = 1;
