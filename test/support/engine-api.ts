import Dockerode from 'dockerode';
import { testEngineHost } from './engine.ts';

/** The tests' engine with all that its API knows, for what devenv itself does not ask. */
export function engineApi(): Dockerode {
  return new Dockerode({ socketPath: testEngineHost().replace('unix://', '') });
}
