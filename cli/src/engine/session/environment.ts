/**
 * Divides a session's variables into those that a shell passes on to what it becomes, and those
 * that it drops, changes or holds to be its own: these have to go through `env`.
 */
export function splitEnvironment(environment: Record<string, string>): {
  passed: Record<string, string>;
  dropped: Record<string, string>;
} {
  const entries = Object.entries(environment);
  return {
    passed: Object.fromEntries(entries.filter(([name]) => survivesShell(name))),
    dropped: Object.fromEntries(entries.filter(([name]) => !survivesShell(name))),
  };
}

function survivesShell(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !shellOwned.has(name);
}

/** Unset by our wrapper, or special in dash, busybox ash or bash. */
const shellOwned = new Set([
  'PWD',
  'OLDPWD',
  'SHLVL',
  'IFS',
  'OPTIND',
  'LINENO',
  'PPID',
  'PS1',
  'PS4',
  'RANDOM',
]);
