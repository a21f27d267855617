import { mkdtemp, rm } from 'node:fs/promises';
import Dockerode from 'dockerode';
import { currentCaller } from '../../cli/src/engine/host/caller.ts';
import { Docker } from '../../cli/src/engine/docker.ts';
import {
  type EngineOwner,
  type StartOptions,
  stopPrivateEngine,
} from '../../cli/src/engine/private-engine.ts';
import { type EngineFiles, engineFiles } from '../../cli/src/engine/private-engine/engine-files.ts';
import { missingRequirements } from '../../cli/src/engine/private-engine/meet-requirements.ts';
import { engineFolders } from '../../cli/src/engine/host/paths.ts';

/** A private engine of the tests' own: nothing of it is shared with any other engine. */
export interface TestPrivateEngine {
  owner: EngineOwner;
  folder: string;
  files: EngineFiles;
  docker: Docker;
}

export const quietStart: StartOptions = {
  install: false,
  report: () => undefined,
  confirm: async () => false,
  signal: new AbortController().signal,
};

/** Why this machine cannot run a private engine for us; undefined where it can. */
export async function noPrivateEngine(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'private engines run on Linux only';
  const missing = await missingRequirements({
    caller: currentCaller(),
    environment: process.env,
  });
  return missing[0]?.lack;
}

/** Where one would live; nothing is started. */
export async function describePrivateEngine(): Promise<TestPrivateEngine> {
  // Not below a long temporary path: sockets have to fit into 108 bytes.
  const folder = await mkdtemp('/tmp/devenv-engine-');
  const caller = currentCaller();
  const environment = { ...process.env, DEVENV_ENGINE_FOLDER: folder };
  const files = engineFiles(engineFolders(environment, caller.home, 'linux', caller.uid));
  return {
    owner: { caller, environment },
    folder,
    files,
    docker: new Docker({ host: `unix://${files.socket}` }),
  };
}

/** Stops the engine and removes its images with everything else. */
export async function removePrivateEngine({ owner, folder }: TestPrivateEngine): Promise<void> {
  await stopPrivateEngine(owner, quietStart);
  await rm(folder, { recursive: true, force: true });
}

/** Runs a command in a new container to its end. */
export async function runContainer(
  socketPath: string,
  image: string,
  argv: string[],
  options: Dockerode.ContainerCreateOptions = {},
): Promise<{ output: string; exitCode: number }> {
  const api = new Dockerode({ socketPath });
  const container = await api.createContainer({ Image: image, Cmd: argv, Tty: true, ...options });
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    const output = await container.logs({ stdout: true, stderr: true });
    return { output: output.toString().replaceAll('\r', ''), exitCode: StatusCode };
  } finally {
    await container.remove({ force: true });
  }
}

/** Starts a container that goes on; gives its id. */
export async function startContainer(
  socketPath: string,
  image: string,
  argv: string[],
  options: Dockerode.ContainerCreateOptions = {},
): Promise<string> {
  const api = new Dockerode({ socketPath });
  const container = await api.createContainer({ Image: image, Cmd: argv, ...options });
  await container.start();
  return container.id;
}

/** The port of the host that container port 80 is published on. */
export async function publishedPort(socketPath: string, id: string): Promise<number> {
  const { NetworkSettings } = await new Dockerode({ socketPath }).getContainer(id).inspect();
  return Number(NetworkSettings.Ports['80/tcp']?.[0]?.HostPort);
}

/** A network of the engine's own making, as Compose makes them. */
export async function createNetwork(socketPath: string, name: string): Promise<void> {
  await new Dockerode({ socketPath }).createNetwork({ Name: name });
}
