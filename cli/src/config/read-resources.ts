import type { Resources } from './config.ts';
import type { Draft } from './draft.ts';
import { parseSize } from './units.ts';

/** Room for any build, and none for a fork bomb. */
export const defaultPids = 4096;

/** What engines insist on. */
const leastMemory = 6 * 1024 ** 2;

export function readResources(draft: Draft): Resources {
  const { pids_limit: pids } = draft.file;
  return {
    cpus: readProcessors(draft),
    memory: readSize(draft, 'mem_limit', leastMemory),
    pids: pids === undefined ? defaultPids : Number(pids),
    shmSize: readSize(draft, 'shm_size', 1),
  };
}

function readProcessors(draft: Draft): number | undefined {
  if (draft.file.cpus === undefined) return undefined;
  const cpus = Number(draft.file.cpus);
  // Engines count in hundredths.
  if (cpus < 0.01) {
    draft.error('bad-value', ['cpus'], `"cpus" is too small: ${draft.quoted(['cpus'])}`);
  }
  return cpus;
}

function readSize(draft: Draft, key: 'mem_limit' | 'shm_size', least: number): number | undefined {
  if (draft.file[key] === undefined) return undefined;
  const bytes = parseSize(draft.text([key]));
  const problem = bytes < least ? 'small' : bytes > Number.MAX_SAFE_INTEGER ? 'large' : undefined;
  if (problem !== undefined) {
    const hint = problem === 'small' && least > 1 ? 'It is at least 6m.' : undefined;
    draft.error('bad-size', [key], `"${key}" is too ${problem}: ${draft.quoted([key])}`, hint);
  }
  return bytes;
}
