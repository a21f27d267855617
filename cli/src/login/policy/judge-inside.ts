import { posix } from 'node:path';
import { callerHome } from '../../plan/account.ts';
import { sourceMounting } from '../../plan/mounts.ts';
import type { DecisionInput } from './decision-input.ts';
import type { Verdict } from './verdict.ts';
import { within } from './within.ts';

/**
 * What makes the inside a system, and where devenv keeps its own: in none of it, and around none
 * of it, may anything be mounted.
 */
const system = [
  ...['/proc', '/sys', '/dev', '/etc', '/run/devenv', '/var/run/devenv', '/bin', '/sbin'],
  ...['/lib', '/lib32', '/lib64', '/libx32', '/usr/bin', '/usr/sbin'],
  ...['/usr/lib', '/usr/lib32', '/usr/lib64', '/usr/libx32'],
];

/** Judges the places inside at which something would be mounted. */
export function judgeInside(input: DecisionInput, verdict: Verdict): void {
  for (const path of new Set(mountedInside(input))) {
    const normal = posix.normalize(path);
    if (system.some((folder) => within(normal, folder) || within(folder, normal))) {
      verdict.deny(`Nothing can be mounted at ${path} inside.`);
    }
  }
}

function mountedInside({ config, caller, source }: DecisionInput): string[] {
  const home = callerHome(caller);
  const asked = [...config.caches, ...config.mounts.map(({ target }) => target)];
  return [
    sourceMounting(config, source).inside,
    ...source.gitFolders,
    ...(config.home === 'none' ? [] : [home]),
    ...asked.map((path) => posix.resolve(config.workspace, path.replace(/^~(?=\/|$)/, home))),
  ];
}
