import { mkdir } from 'node:fs/promises';
import { DevenvError } from '../../errors.ts';
import { withLock } from '../host/lock.ts';
import { reportStep } from '../container/report-step.ts';
import { removeStaleFiles } from './clean-up.ts';
import { type EngineFiles, engineFiles } from './engine-files.ts';
import { launchDaemon } from './launch-daemon.ts';
import { meetRequirements } from './meet-requirements.ts';
import { type EngineOwner, ownEngineFolders } from './owner.ts';
import { answersPing } from './ping.ts';
import { engineProcesses } from './processes.ts';
import type { StartOptions } from './start-options.ts';
import { waitUntil } from './wait-until.ts';

export interface StartedEngine {
  /** `unix://…` */
  host: string;
  /** False when it ran already. */
  started: boolean;
  /** False when installing the package brought up the system's engine, which is used then. */
  own: boolean;
}

/** A Unix socket's path has 108 bytes, and containerd's is 35 longer than the engine's folder. */
const longestFolder = 70;
const systemSocket = '/var/run/docker.sock';

/**
 * Sees to it that the owner's private engine runs: dockerd as root, or rootless for everybody
 * else. One engine comes of any number of calls at once. It goes on when this process ends.
 * Fails with `engine_start_failed`.
 */
export async function startPrivateEngine(
  owner: EngineOwner,
  options: StartOptions,
): Promise<StartedEngine> {
  const files = engineFiles(ownEngineFolders(owner));
  const running = { host: `unix://${files.socket}`, started: false, own: true };
  if (await answersPing(files.socket)) return running;
  const installed = await meetRequirements(owner, options);
  if (installed && (await answersPing(systemSocket))) {
    return { host: `unix://${systemSocket}`, started: false, own: false };
  }
  await makeFolders(files, owner);
  return withLock(files.lock, options.signal, async () => {
    if (await comesUp(files, options.signal)) return running;
    const rootless = owner.caller.uid === 0 ? '' : ' (rootless)';
    const text = { index: 1, title: `start dockerd${rootless}`, reason: 'no engine of yours runs' };
    await reportStep(options.report, text, async () => {
      await removeStaleFiles(files);
      await launchDaemon(owner, files, options);
    });
    return { ...running, started: true };
  });
}

async function makeFolders({ run, data }: EngineFiles, { caller }: EngineOwner): Promise<void> {
  if (run.length > longestFolder) {
    throw new DevenvError(
      'engine_start_failed',
      `${run} is too long a path for an engine’s sockets.`,
      {
        hint: `Set DEVENV_ENGINE_FOLDER to a path of at most ${longestFolder - 4} characters.`,
      },
    );
  }
  // Root's socket is open to the docker group; its folder has to let them through.
  const mode = caller.uid === 0 ? 0o755 : 0o700;
  await mkdir(run, { recursive: true, mode });
  await mkdir(data, { recursive: true, mode: 0o711 });
}

/** Whether a daemon that is there already, coming up or going down, ends up answering. */
async function comesUp(files: EngineFiles, signal: AbortSignal): Promise<boolean> {
  let answers = false;
  const settled = await waitUntil(
    async () => {
      answers = await answersPing(files.socket);
      return answers || !(await daemonRuns(files));
    },
    120,
    signal,
  );
  if (settled) return answers;
  throw new DevenvError('engine_start_failed', 'devenv’s engine runs, but does not answer.', {
    hint: `Look into ${files.log}, or run "devenv engine stop" and try again.`,
  });
}

async function daemonRuns(files: EngineFiles): Promise<boolean> {
  return (await engineProcesses(files)).some(({ program }) => program === 'dockerd');
}
