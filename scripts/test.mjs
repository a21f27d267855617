import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { installDependencies } from './lib/dependencies.mjs';
import { devenv, provideEngine } from './lib/provide-engine.mjs';
import { provideImage } from './lib/provide-image.mjs';
import { provideBuildx } from './lib/provide-buildx.mjs';
import { providePackages } from './lib/provide-packages.mjs';
import { root } from './lib/root.mjs';
import { CommandFailed, must, run } from './lib/run.mjs';
import { describeSkipped, summarize } from './lib/test-summary.mjs';

/*
 * Everything that this machine allows: checks, build, all tests against a real engine, which is
 * DEVENV_TEST_HOST, or found, or started for the tests. `npm test -- test/plan` runs a part.
 * Checks count as one test.
 */

const resultsFile = join(root, '.cache/test-results.json');

try {
  report(await test());
} catch (error) {
  // Nothing could be tested, and that is no success.
  console.error(error instanceof CommandFailed ? error.message : error);
  report({ passed: 0, failed: 1, skipped: [] });
}

async function test() {
  await installDependencies();
  const check = await run('npm', ['run', '--silent', 'check']);
  await must(process.execPath, ['scripts/build.mjs']);
  await providePackages();
  provideBuildx();
  const engine = await testEngine();
  try {
    await provideImage(engine.host, 'debian:bookworm-slim');
    return await runTests(engine.host, check.exitCode === 0);
  } finally {
    if (engine.started) await devenv('engine', 'stop', '--yes');
  }
}

async function testEngine() {
  const host = process.env.DEVENV_TEST_HOST;
  return host ? { host, started: false } : provideEngine();
}

async function runTests(host, checked) {
  await mkdir(join(root, '.cache'), { recursive: true });
  await rm(resultsFile, { force: true });
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultsFile}`];
  const { exitCode } = await run(
    process.execPath,
    [vitest, 'run', ...reporters, ...process.argv.slice(2)],
    { env: { ...process.env, DEVENV_TEST_HOST: host } },
  );
  const { passed, failed, skipped } = summarize(JSON.parse(await readFile(resultsFile, 'utf8')));
  if (!checked) console.log('failed: npm run check (see above)');
  // An error outside all tests fails the run although every test has passed.
  const stray = exitCode !== 0 && failed === 0;
  if (stray) console.log('failed: Vitest itself (see above)');
  return {
    passed: passed + Number(checked),
    failed: failed + Number(!checked) + Number(stray),
    skipped,
  };
}

function report({ passed, failed, skipped }) {
  for (const line of describeSkipped(skipped)) console.log(line);
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  process.exitCode = failed > 0 ? 1 : 0;
}
