import { existsSync } from 'node:fs';
import { DevenvError } from '../../errors.ts';
import type { Report } from '../events.ts';
import { withLock } from '../host/lock.ts';
import { reportStep } from '../container/report-step.ts';
import { removeRuntimeFiles, removeStaleFiles } from './clean-up.ts';
import { type EngineFiles, engineFiles } from './engine-files.ts';
import { launchDaemon } from './launch-daemon.ts';
import { engineNetwork, tearDownNetwork } from './network.ts';
import { type EngineOwner, ownEngineFolders } from './owner.ts';
import { engineProcesses } from './processes.ts';
import { stopContainers } from './stop-containers.ts';
import { waitUntil } from './wait-until.ts';

interface StopOptions {
  report: Report;
  signal: AbortSignal;
}

/** Seconds. Each container gets the time it needs to end; a runit image's takes half a minute. */
const patience = 180;

/**
 * Stops the containers of the owner's private engine and then the engine, and waits until nothing of it is left but
 * its data and its log. Gives whether there was one. Fails with `engine_failed` when it does not
 * end in time; it is never killed, as that would leave its containers behind.
 */
export async function stopPrivateEngine(
  owner: EngineOwner,
  options: StopOptions,
): Promise<boolean> {
  const files = engineFiles(ownEngineFolders(owner));
  if (!existsSync(files.run)) return false;
  return withLock(files.lock, options.signal, async () => {
    const running = (await engineProcesses(files)).length > 0;
    if (running) {
      const text = { index: 0, title: 'stop dockerd', reason: 'asked for' };
      await reportStep(options.report, text, () => stopDaemon(owner, files, options));
    }
    await removeRuntimeFiles(files);
    await removeNetwork(owner, files, options.signal);
    return running;
  });
}

async function stopDaemon(
  owner: EngineOwner,
  files: EngineFiles,
  options: StopOptions,
): Promise<void> {
  if ((await daemons(files)).length === 0) await adoptOrphans(owner, files, options);
  // A root engine's containers outlive their dockerd, so they are ended first.
  await stopContainers(files.socket, patience * 1_000);
  for (const pid of await daemons(files)) process.kill(pid, 'SIGTERM');
  const ended = async (): Promise<boolean> => (await engineProcesses(files)).length === 0;
  if (await waitUntil(ended, patience, options.signal)) return;
  const left = (await engineProcesses(files)).map(({ pid, program }) => `${program} (${pid})`);
  throw new DevenvError('engine_failed', `The engine has not ended within ${patience} s.`, {
    hint: `See ${files.log} for what it waits for, then run "devenv engine stop" again.`,
    details: [`still running: ${left.join(', ')}`],
  });
}

/** The containers of a killed dockerd run on; only another dockerd can end them in good order. */
async function adoptOrphans(
  owner: EngineOwner,
  files: EngineFiles,
  options: StopOptions,
): Promise<void> {
  const gone = async (): Promise<boolean> => (await engineProcesses(files)).length === 0;
  if (await waitUntil(gone, 2, options.signal)) return;
  await removeStaleFiles(files);
  await launchDaemon(owner, files, options);
}

async function daemons(files: EngineFiles): Promise<number[]> {
  const processes = await engineProcesses(files);
  return processes.filter(({ program }) => program === 'dockerd').map(({ pid }) => pid);
}

async function removeNetwork(
  { caller, environment }: EngineOwner,
  { data, network }: EngineFiles,
  signal: AbortSignal,
): Promise<void> {
  if (caller.uid !== 0 || !existsSync(network)) return;
  await tearDownNetwork(await engineNetwork(data, network), { environment, signal });
}
