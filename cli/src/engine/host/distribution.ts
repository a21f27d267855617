import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';

/** What /etc/os-release says about this machine. */
export interface Distribution {
  /** `debian`, `ubuntu`, `fedora` … */
  id: string;
  /** `bookworm`, `noble` …; undefined where the distribution has none. */
  codename: string | undefined;
  /** This one and those it descends from. */
  family: string[];
}

/** The distribution this machine runs; undefined where none says its name. */
export async function readDistribution(
  path = '/etc/os-release',
): Promise<Distribution | undefined> {
  try {
    const { ID, ID_LIKE, VERSION_CODENAME } = parseEnv(await readFile(path, 'utf8'));
    if (ID === undefined) return undefined;
    const family = [ID, ...(ID_LIKE ?? '').split(' ').filter((id) => id !== '')];
    return { id: ID, codename: VERSION_CODENAME || undefined, family };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether apt installs this machine's packages. */
export function usesApt(distribution: Distribution | undefined): boolean {
  return ['debian', 'ubuntu'].some((id) => distribution?.family.includes(id));
}
