import { posix } from 'node:path';
import type { DiscoveryInput } from './input.ts';

export interface UsualSocket {
  /** For people: whose socket it is. */
  name: string;
  host: string;
}

/** Where engines listen on this platform unless told otherwise, in the order to try them. */
export function usualSockets(input: DiscoveryInput): UsualSocket[] {
  if (input.platform === 'win32') return windowsPipes();
  const sockets = input.platform === 'darwin' ? macSockets(input) : linuxSockets(input);
  return sockets.map(([name, path]) => ({ name, host: `unix://${path}` }));
}

function linuxSockets({ environment, home, uid }: DiscoveryInput): [string, string][] {
  // `su` and cron leave XDG_RUNTIME_DIR out; systemd's folder is there all the same.
  const runtime = environment.XDG_RUNTIME_DIR ?? `/run/user/${uid}`;
  return [
    ['Docker', '/var/run/docker.sock'],
    ['rootless Docker', posix.join(runtime, 'docker.sock')],
    ['Docker Desktop', posix.join(home, '.docker/run/docker.sock')],
    ['Docker Desktop', posix.join(home, '.docker/desktop/docker.sock')],
    ['rootless Podman', posix.join(runtime, 'podman/podman.sock')],
    ['Podman', '/run/podman/podman.sock'],
  ];
}

function macSockets({ home }: DiscoveryInput): [string, string][] {
  return [
    ['Docker', '/var/run/docker.sock'],
    ['Docker Desktop', posix.join(home, '.docker/run/docker.sock')],
    ['OrbStack', posix.join(home, '.orbstack/run/docker.sock')],
    ['Colima', posix.join(home, '.colima/default/docker.sock')],
    ['Rancher Desktop', posix.join(home, '.rd/docker.sock')],
    ['Podman', posix.join(home, '.local/share/containers/podman/machine/podman.sock')],
  ];
}

function windowsPipes(): UsualSocket[] {
  return [
    { name: 'Docker', host: 'npipe:////./pipe/docker_engine' },
    { name: 'Docker Desktop', host: 'npipe:////./pipe/dockerDesktopLinuxEngine' },
    { name: 'Podman', host: 'npipe:////./pipe/podman-machine-default' },
  ];
}
