import { describe } from 'vitest';
import { Docker } from '../../cli/src/engine/docker.ts';

const host = process.env.DEVENV_TEST_HOST;

const missing =
  'DEVENV_TEST_HOST is not set: it names the engine to test with, as DOCKER_HOST would. ' +
  'npm test sets it.';

/** Address of the engine that tests may use, such as `unix:///run/devenv/docker.sock`. */
export function testEngineHost(): string {
  if (host === undefined || host === '') throw new Error(missing);
  return host;
}

export function testEngine(): Docker {
  return new Docker({ host: testEngineHost() });
}

/** describe() for what needs an engine; where there is none, its title says why it is skipped. */
export function describeWithEngine(title: string, suite: () => void): void {
  if (host) describe(title, suite);
  else describe.skip(`${title} (skipped: ${missing})`, suite);
}
