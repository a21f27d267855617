import type { Resources } from '../../config/config.ts';
import { defaultPids } from '../../config/read-resources.ts';
import type { DecisionInput } from './decision-input.ts';
import type { PolicyKey } from './settings.ts';
import type { Verdict } from './verdict.ts';

/** Gives as much as is asked for, and never more than the limits, which hold unasked too. */
export function judgeResources({ policy, config }: DecisionInput, verdict: Verdict): Resources {
  const { cpus, memory, shmSize, pids } = config.resources;
  const { limits } = policy;
  const size = { least: 1024 ** 2, most: limits.memory, text: inMegabytes(limits.memory) };
  const memoryLimit: Limit = { ...size, key: 'limits.memory' };
  const cpuLimit: Limit = { ...exactly(limits.cpus), least: 0.01, key: 'limits.cpus' };
  const pidsLimit: Limit = { ...exactly(limits.pids), least: 1, key: 'limits.pids' };
  const ask = (name: string, asked: number | undefined, limit: Limit): number => {
    verdict.needs('resources', name, asked !== undefined);
    return atMost(name, asked, limit, verdict);
  };
  return {
    memory: ask('mem_limit', memory, memoryLimit),
    cpus: ask('cpus', cpus, cpuLimit),
    // What every file says that says nothing is not asked for.
    pids: ask('pids_limit', pids === defaultPids ? undefined : pids, pidsLimit),
    shmSize: shmSize === undefined ? undefined : ask('shm_size', shmSize, memoryLimit),
  };
}

interface Limit {
  /** What is below it, the engine may take for no limit at all. */
  least: number;
  most: number;
  /** As people write `most`. */
  text: string;
  key: PolicyKey;
}

function atMost(
  name: string,
  asked: number | undefined,
  { least, most, text, key }: Limit,
  verdict: Verdict,
): number {
  if (asked === undefined) return most;
  if (asked >= least && asked <= most) return asked;
  verdict.notice(`"${name}" is ${text}, which is the most.`, key);
  return most;
}

function exactly(most: number): { most: number; text: string } {
  return { most, text: String(most) };
}

function inMegabytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 ** 2)}m`;
}
