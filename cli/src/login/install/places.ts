import { cacheHome, policyFile, stateFolder } from '../places.ts';

/** Where `devenv login install` puts things. Fixed, so that nothing is ever looked for. */
export const places = {
  /** A copy of the program that nobody but root can change. */
  library: '/usr/local/lib/devenv',
  program: '/usr/local/lib/devenv/bin/devenv.cjs',
  broker: '/usr/local/lib/devenv/login-broker',
  record: '/usr/local/lib/devenv/installed.json',
  /** The passwd shell of the people it is for, and sshd's ForceCommand. */
  shell: '/usr/local/bin/devenv-shell',
  shells: '/etc/shells',
  sudoers: '/etc/sudoers.d/devenv',
  sshd: '/etc/ssh/sshd_config.d/50-devenv.conf',
  sshdConfig: '/etc/ssh/sshd_config',
  policy: policyFile,
  state: stateFolder,
  log: '/var/log/devenv',
  /** Root's cache folder is not in its home: the broker has no home. */
  cache: cacheHome,
  reapService: '/etc/systemd/system/devenv-reap.service',
  reapTimer: '/etc/systemd/system/devenv-reap.timer',
} as const;

/** Whether a path is one of the many files of the program, which nobody wants to read. */
export function isProgramFile(path: string): boolean {
  const { library, broker, record } = places;
  return path.startsWith(`${library}/`) && path !== broker && path !== record;
}

/** Whose members get a workspace instead of a shell of this machine. */
export const loginGroup = 'devenv';
