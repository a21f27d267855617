import { DevenvError } from '../errors.ts';

/** Fails with `denied` unless this is root on Linux: the login shell is part of the machine. */
export function requireRoot(command: string): void {
  if (process.platform !== 'linux') {
    throw new DevenvError('usage', 'The login shell is there for Linux only.');
  }
  if (process.getuid?.() === 0) return;
  throw new DevenvError(
    'denied',
    `"devenv ${command}" is about everybody on this machine: only root may.`,
    {
      hint: 'Run it as root, for example with sudo.',
    },
  );
}
