import type { PolicyFile } from 'devenv-schemas/generated/policy-file.js';
import { parseSize } from '../../config/units.ts';
import { quote } from '../../config/wording.ts';
import { insideReserved } from './reserved-path.ts';

/** Options of `docker run` that a policy has words for. */
const names: Record<string, string> = {
  '-m': 'memory',
  '--memory': 'memory',
  '--cpus': 'cpus',
  '--pids-limit': 'pids',
  '-v': 'volume',
  '--volume': 'volume',
  '--net': 'network',
  '--network': 'network',
};

/** They stand alone; all others have a value, behind an equals sign or as the next word. */
const flags = [
  '--privileged',
  '--rm',
  '-d',
  '--detach',
  '-i',
  '-t',
  '-it',
  '--init',
  '--read-only',
];

/** Translates dockersh's dockeropt: the words of a command line of docker, one or several a line. */
export function translateDockerOptions(values: string[]): {
  set: Pick<PolicyFile, 'limits' | 'mounts' | 'network'>;
  notes: string[];
} {
  const set: Pick<PolicyFile, 'limits' | 'mounts' | 'network'> = {};
  const notes: string[] = [];
  const words = values.flatMap((value) => value.split(/\s+/)).filter((word) => word !== '');
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [option = '', ...behind] = word.split('=');
    const takesNext = behind.length === 0 && option.startsWith('-') && !flags.includes(option);
    const value = takesNext ? (words.shift() ?? '') : behind.join('=');
    const why = take(names[option], value, set);
    if (why !== undefined)
      notes.push(`dockeropt ${quote([option, value].join(' ').trim())}: ${why}`);
  }
  return { set, notes };
}

/** Takes one option into the set; gives what there is to say about it. */
function take(
  name: string | undefined,
  value: string,
  set: Pick<PolicyFile, 'limits' | 'mounts' | 'network'>,
): string | undefined {
  switch (name) {
    case 'memory':
      if (!isSize(value)) return 'it is not a size, or not one for a container.';
      set.limits = { ...set.limits, memory: value };
      return undefined;
    case 'cpus':
      if (!/^\d{1,4}(\.\d{1,9})?$/.test(value) || Number(value) < 0.01) {
        return 'it is not a number of processors.';
      }
      set.limits = { ...set.limits, cpus: Number(value) };
      return undefined;
    case 'pids':
      if (!/^[1-9]\d{0,6}$/.test(value)) return 'a policy always has a limit.';
      set.limits = { ...set.limits, pids: Number(value) };
      return undefined;
    case 'volume':
      return takeVolume(value, set);
    case 'network':
      if (value !== 'none') return 'a workspace has a network of its own, or none.';
      set.network = { mode: 'none' };
      return undefined;
    default:
      return 'options of the engine are not handed on.';
  }
}

/** Engines take no less, and numbers go no further. */
function isSize(text: string): boolean {
  const bytes = parseSize(text);
  return /^\d+[bkmg]?$/i.test(text) && bytes >= 6 * 1024 ** 2 && bytes <= Number.MAX_SAFE_INTEGER;
}

function takeVolume(value: string, set: Pick<PolicyFile, 'mounts'>): string {
  const [from = '', , mode = 'rw'] = value.split(':');
  const isPath = /^(\/|%h\/)[^:]+$/.test(from) && !/%(?![uh])|(^|\/)\.\.(\/|$)/.test(from);
  if (!isPath || insideReserved(from) !== undefined) {
    return 'it is not a folder that people may get at.';
  }
  const readOnly = mode.split(',').includes('ro');
  set.mounts = [...(set.mounts ?? []), readOnly ? `${from}:ro` : from];
  return 'it may be mounted; devenv.yaml says under "volumes" whether and where.';
}
