import type { Distribution } from '../host/distribution.ts';
import type { BaseImage } from './parse-reference.ts';

/** One index that apt is configured to read. */
export interface AptIndex {
  uri: string;
  /** `bookworm`, `bookworm-security` … */
  release: string;
  component: string;
  /** What the archive calls itself; undefined before the first "apt-get update". */
  origin: string | undefined;
}

export interface ImageSources {
  /** Where the packages come from; undefined for the bootstrap program's own default. */
  mirror: string | undefined;
  /** Lines of the image's sources.list; empty for what the bootstrap program writes. */
  lines: string[];
}

/** What apt says about its sources, whatever their format; one index a line. */
export const indexCommand: [string, ...string[]] = [
  'apt-get',
  'indextargets',
  '--format',
  '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)',
  'Identifier: Packages',
];

/** The output of indexCommand. apt leaves a field that it does not know as it stands. */
export function parseIndexes(text: string): AptIndex[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter(([uri]) => uri !== undefined && /^https?:/.test(uri))
    .map(([uri = '', release = '', component = '', origin = '']) => ({
      uri: uri.replace(/\/$/, ''),
      release,
      component,
      origin: origin === '' || origin.startsWith('$') ? undefined : origin,
    }));
}

/**
 * The archives of this machine, turned to the release the image is made of: the same mirrors, and
 * updates and security fixes where the machine has them. Archives of third parties stay out.
 */
export function chooseSources(
  indexes: AptIndex[],
  host: Distribution | undefined,
  { distribution, suite }: BaseImage,
): ImageSources {
  const archive = indexes.filter((index) => isArchiveOf(index, distribution));
  const base = baseRelease(archive, host, distribution, suite);
  if (base === undefined) return { mirror: undefined, lines: [] };
  const wanted = archive.filter(({ release }) => belongsTo(release, base));
  const lines = groupComponents(wanted).map(
    ({ uri, release, components }) =>
      `deb ${uri} ${release.replace(base, suite)} ${components.join(' ')}`,
  );
  return { mirror: wanted.find(({ release }) => release === base)?.uri, lines };
}

function isArchiveOf({ uri, origin }: AptIndex, distribution: string): boolean {
  if (origin !== undefined) return origin.toLowerCase() === distribution;
  const folder = new URL(uri).pathname.split('/').find((name) => name.startsWith(distribution));
  return folder !== undefined;
}

/** The machine's name for the release that its sources are about. */
function baseRelease(
  archive: AptIndex[],
  host: Distribution | undefined,
  distribution: string,
  suite: string,
): string | undefined {
  const own = host?.id === distribution ? host.codename : undefined;
  const aliases = ['stable', 'testing', 'unstable', 'sid', 'oldstable'];
  const names = [suite, ...(own === undefined ? [] : [own]), ...aliases];
  return names.find((name) =>
    archive.some(({ release, component }) => release === name && component === 'main'),
  );
}

/** The release itself, its updates and its security fixes; backports and proposals are not asked for. */
function belongsTo(release: string, base: string): boolean {
  return [base, `${base}-updates`, `${base}-security`].includes(release);
}

function groupComponents(
  indexes: AptIndex[],
): { uri: string; release: string; components: string[] }[] {
  const groups = new Map<string, { uri: string; release: string; components: string[] }>();
  for (const { uri, release, component } of indexes) {
    const key = `${uri} ${release}`;
    const group = groups.get(key) ?? { uri, release, components: [] };
    if (!group.components.includes(component)) group.components.push(component);
    groups.set(key, group);
  }
  return [...groups.values()];
}
