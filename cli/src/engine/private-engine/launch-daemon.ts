import { DevenvError } from '../../errors.ts';
import type { Report } from '../events.ts';
import { type DaemonCommand, rootCommand, rootlessCommand } from './daemon-command.ts';
import { writeDaemonConfig } from './daemon-config.ts';
import type { EngineFiles } from './engine-files.ts';
import { launch } from './launch.ts';
import { engineNetwork, setUpNetwork } from './network.ts';
import type { EngineOwner } from './owner.ts';

interface Tools {
  report: Report;
  signal: AbortSignal;
}

/**
 * Brings dockerd up. Where the kernel or the disk carries no overlay file system, and dockerd does
 * not find that out by itself, it is started with the one storage driver that works everywhere.
 */
export async function launchDaemon(
  owner: EngineOwner,
  files: EngineFiles,
  { report, signal }: Tools,
): Promise<void> {
  await writeDaemonConfig(owner, files.config);
  const command = await daemonCommand(owner, files, signal);
  try {
    await launch(command, files, signal);
  } catch (error) {
    if (!isStorageFailure(error)) throw error;
    report({
      type: 'notice',
      text: 'Overlay file systems do not work here: the engine copies whole images (driver vfs), which takes time and space.',
    });
    const argv: DaemonCommand['argv'] = [...command.argv, '--storage-driver', 'vfs'];
    await launch({ ...command, argv }, files, signal);
  }
}

async function daemonCommand(
  owner: EngineOwner,
  files: EngineFiles,
  signal: AbortSignal,
): Promise<DaemonCommand> {
  if (owner.caller.uid !== 0) return rootlessCommand(owner, files);
  const network = await engineNetwork(files.data, files.network);
  await setUpNetwork(network, { environment: owner.environment, signal });
  return rootCommand(owner, files, network);
}

function isStorageFailure(error: unknown): boolean {
  return (
    error instanceof DevenvError &&
    error.code === 'engine_start_failed' &&
    error.details.some((line) => /graphdriver|storage[- ]driver|overlay/i.test(line))
  );
}
