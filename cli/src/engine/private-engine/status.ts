import { engineFiles } from './engine-files.ts';
import { type EngineOwner, ownEngineFolders } from './owner.ts';
import { answersPing } from './ping.ts';
import { engineProcesses } from './processes.ts';

export interface PrivateEngineStatus {
  running: boolean;
  host: string;
  /** dockerd's; undefined when it does not run. */
  pid: number | undefined;
  rootless: boolean;
  data: string;
  log: string;
}

/** What there is of the owner's private engine. Fails where devenv can run none. */
export async function privateEngineStatus(owner: EngineOwner): Promise<PrivateEngineStatus> {
  const files = engineFiles(ownEngineFolders(owner));
  const [running, processes] = await Promise.all([
    answersPing(files.socket),
    engineProcesses(files),
  ]);
  return {
    running,
    host: `unix://${files.socket}`,
    pid: processes.find(({ program }) => program === 'dockerd')?.pid,
    rootless: owner.caller.uid !== 0,
    data: files.data,
    log: files.log,
  };
}
