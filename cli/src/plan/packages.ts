/** A package that was added to a container, as its package manager's books say. */
export interface InstalledPackage {
  name: string;
  /** Whether somebody asked for it, rather than another package. */
  asked: boolean;
  /** Absolute paths. */
  files: string[];
}

/** The files in which dpkg has listed the files of the packages that were installed. */
export function addedDpkgLists(paths: string[]): string[] {
  return paths.filter((path) => dpkgList.test(path));
}

const dpkgList = /^\/var\/lib\/dpkg\/info\/([^/:]+)(?::[^/]+)?\.list$/;

/**
 * Debian's packages.
 *
 * @param lists Text by path, of those that `addedDpkgLists` names.
 * @param extendedStates Text of /var/lib/apt/extended_states, where apt notes what it has
 *   installed only because another package needs it.
 */
export function readDpkg(
  lists: Record<string, string>,
  extendedStates: string,
): InstalledPackage[] {
  const automatic = new Set(
    paragraphs(extendedStates)
      .filter((lines) => lines.includes('Auto-Installed: 1'))
      .flatMap((lines) => values(lines, 'Package: ')),
  );
  return Object.entries(lists).map(([path, text]) => {
    const name = dpkgList.exec(path)?.[1] ?? path;
    const files = text.split('\n').filter((line) => line !== '' && line !== '/.');
    return { name, asked: !automatic.has(name), files };
  });
}

/** Where apk keeps what it has installed. */
export const apkBooks = ['/lib/apk/db/installed', '/usr/lib/apk/db/installed'];

/**
 * Alpine's packages, of which apk tells only all: those are new whose files are.
 *
 * @param installed Text of one of `apkBooks`.
 * @param world Text of /etc/apk/world, which names what somebody asked for.
 * @param paths What was added or modified.
 */
export function readApk(installed: string, world: string, paths: string[]): InstalledPackage[] {
  const added = new Set(paths);
  const asked = new Set(world.split(/\s+/).map((word) => /^[^=<>~@]*/.exec(word)?.[0]));
  return paragraphs(installed)
    .map((lines) => {
      const name = values(lines, 'P:')[0] ?? '';
      return { name, asked: asked.has(name), files: apkFiles(lines) };
    })
    .filter(({ files }) => files.some((file) => added.has(file)));
}

/** `F:usr/bin` names a folder, and each `R:jq` after it a file in there. */
function apkFiles(lines: string[]): string[] {
  const files: string[] = [];
  let folder = '';
  for (const line of lines) {
    if (line.startsWith('F:')) folder = line.slice(2);
    else if (line.startsWith('R:')) files.push(`/${folder}/${line.slice(2)}`.replace('//', '/'));
  }
  return files;
}

function paragraphs(text: string): string[][] {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.split('\n'))
    .filter((lines) => lines.some((line) => line !== ''));
}

function values(lines: string[], key: string): string[] {
  return lines.filter((line) => line.startsWith(key)).map((line) => line.slice(key.length));
}
