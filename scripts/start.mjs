import { join } from 'node:path';
import { installDependencies } from './lib/dependencies.mjs';
import { provideEngine } from './lib/provide-engine.mjs';
import { provideImage } from './lib/provide-image.mjs';
import { hasTerminal, program, root } from './lib/root.mjs';
import { CommandFailed, must, run } from './lib/run.mjs';

/*
 * From a fresh clone to a shell in the container of samples/hello. Without a terminal the sample's
 * task runs instead, which says who, where and in what it ran.
 */

try {
  process.exitCode = await start();
} catch (error) {
  if (!(error instanceof CommandFailed)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}

async function start() {
  await installDependencies();
  await must(process.execPath, ['scripts/build.mjs']);
  const { host } = await provideEngine();
  await provideImage(host, 'debian:bookworm-slim');

  const command = hasTerminal ? ['shell'] : ['run', 'hello'];
  const { exitCode } = await run(process.execPath, [program, '--host', host, ...command], {
    cwd: join(root, 'samples/hello'),
  });
  return exitCode;
}
