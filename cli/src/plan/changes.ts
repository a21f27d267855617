import type { InstalledPackage } from './packages.ts';

/** One path of a container's own layer, as `docker diff` tells it. */
export interface Change {
  path: string;
  kind: 'modified' | 'added' | 'deleted';
}

/** What somebody has put into a container, which is lost with it. */
export interface Handmade {
  /** Names of packages; those that only others need are left out. */
  packages: string[];
  /** Files and folders, each the topmost that is new. */
  paths: string[];
}

/** What of a container's changes has an author that is known, or is elsewhere. */
export interface Known {
  /** Paths that the hooks, the image's own command or devenv made. */
  made: string[];
  /** Where something is mounted. */
  mounts: string[];
}

/**
 * The changed files and empty folders that somebody is the author of: neither devenv, nor what a
 * new container does again, nor what programs leave behind without being asked. What was deleted
 * is no loss.
 */
export function changesByHand(changes: Change[], known: Known): Change[] {
  const places = knownPaths(known);
  const parents = new Set(changes.flatMap(({ path }) => ancestors(path)));
  return changes.filter(
    ({ path, kind }) =>
      kind !== 'deleted' &&
      !parents.has(path) &&
      !places.has(path) &&
      !known.mounts.some((mount) => path.startsWith(`${mount}/`)) &&
      !noise.some((pattern) => pattern.test(path)),
  );
}

/**
 * In as few words as it can be said: packages in place of their files, new folders in place of
 * what is in them.
 *
 * @param left What `changesByHand` gave.
 * @param all All changes, of which some are folders.
 */
export function summarizeChanges(
  left: Change[],
  all: Change[],
  { packages, ...known }: Known & { packages: InstalledPackage[] },
): Handmade {
  const places = knownPaths(known);
  const added = all.filter(({ path, kind }) => kind === 'added' && !places.has(path));
  const folders = new Set(added.map(({ path }) => path));
  const paths = left.map(({ path }) => path);
  const withRpm = paths.some((path) => rpmBooks.test(path));
  const tops = withoutPackages(paths, packages, withRpm).map((path) => topmost(path, folders));
  const asked = packages.filter((one) => one.asked);
  const named = asked.length > 0 ? asked : packages;
  return {
    packages: [...new Set(named.map(({ name }) => name))].sort(),
    // The names of rpm's packages stand in a database that only rpm can read.
    paths: [...(withRpm ? ['packages installed with rpm'] : []), ...[...new Set(tops)].sort()],
  };
}

/** Leaves out what the packages own, and what they make when they are installed. */
function withoutPackages(
  paths: string[],
  packages: InstalledPackage[],
  withRpm: boolean,
): string[] {
  const owned = new Set(packages.flatMap(({ files }) => files.map(withoutUsr)));
  const rest = paths.filter(
    (path) => !otherBooks.test(path) && !rpmBooks.test(path) && !owned.has(withoutUsr(path)),
  );
  if (packages.length === 0 && !withRpm) return rest;
  const links = new Set(paths.filter((path) => path.startsWith('/etc/alternatives/')).map(nameOf));
  return rest.filter(
    (path) =>
      !generated.test(path) && !links.has(nameOf(path)) && !(withRpm && packaged.test(path)),
  );
}

function knownPaths({ made, mounts }: Known): Set<string> {
  return new Set([...made, ...mounts, ...mounts.flatMap(ancestors)]);
}

/** The outermost of the new folders around a path that lie in each other without a gap. */
function topmost(path: string, folders: Set<string>): string {
  let top = path;
  for (const folder of ancestors(path)) {
    if (!folders.has(folder)) break;
    top = folder;
  }
  return top;
}

/** The folders around a path, the nearest first, without the root. */
function ancestors(path: string): string[] {
  const all: string[] = [];
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    all.push(path.slice(0, end));
  }
  return all;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Where /bin and the like are links into /usr, packages still say /bin. */
function withoutUsr(path: string): string {
  return path.replace(/^\/usr(?=\/(bin|sbin|lib\w*)\/)/, '');
}

/** What every start, devenv, or any program writes by itself, and what is meant to be lost. */
const noise = [
  /^\/(tmp|run|dev|proc|sys|var\/(tmp|run|lock|log|cache|spool))(\/|$)/,
  /^\/var\/lib\/(apt|systemd|ucf|dbus|pam|misc|logrotate|command-not-found|dnf)\//,
  /^\/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$/,
  /^\/etc\/(hosts|hostname|resolv\.conf|mtab|machine-id|ld\.so\.cache|\.pwd\.lock|\.updated)$/,
  // The engine mounts its small init there.
  /^(\/usr)?\/sbin(\/docker-init)?$/,
  /^\/\.(dockerenv|containerenv)$/,
  /\/(__pycache__|\.cache|\.npm|\.dbus)(\/|$)|\.py[co]$/,
  /\/\.(\w+_history|lesshst|viminfo|wget-hsts|sudo_as_admin_successful|zcompdump[^/]*)$/,
];

/** A package manager's own books: what they say is told as packages. */
const otherBooks = /^\/var\/lib\/dpkg\/|^(\/usr)?\/lib\/apk\/|^\/etc\/apk\/world$/;
const rpmBooks = /^\/var\/lib\/rpm\/|^\/usr\/lib\/sysimage\//;

/** What packages make when they are installed, without owning it. */
const generated =
  /^\/etc\/(alternatives|rc.\.d|systemd|ssl\/certs|pam\.d)\/|^\/usr\/share\/(info\/dir|mime)|\/(\w+\.)?cache$/;

/** Where hardly anything comes from elsewhere than a package. */
const packaged = /^\/usr\/(?!local\/)/;
