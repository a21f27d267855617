import { within } from './within.ts';

/** What is the host's own: whoever reaches it inside can get hold of the host. */
const reserved = [
  ...['/etc', '/proc', '/sys', '/dev', '/boot'],
  ...['/run/docker.sock', '/run/docker', '/run/containerd', '/run/podman', '/run/devenv'],
  ...['/var/lib/docker', '/var/lib/containerd', '/var/lib/containers', '/var/lib/devenv'],
];

/**
 * Why a path of the host may be mounted under no policy at all, as what goes on after it, or
 * undefined.
 *
 * @param engine The engine's address, whose socket is such a place too.
 */
export function reservedPath(path: string, engine: string): string | undefined {
  const places = [...reserved, engine.replace(/^unix:\/\//, '')];
  const held = places.find((place) => within(real(place), real(path)));
  return insideReserved(path, places) ?? (held === undefined ? undefined : `it holds ${held}`);
}

/** The same for a path which something below it may be mounted of. */
export function insideReserved(path: string, places = reserved): string | undefined {
  const place = places.find((place) => within(real(path), real(place)));
  if (place === undefined) return undefined;
  return real(path) === real(place) ? `it is ${path}` : `it is in ${place}`;
}

/** On every system of today /var/run is a link to /run. */
function real(path: string): string {
  return path.replace(/^\/var\/run(?=\/|$)/, '/run');
}
