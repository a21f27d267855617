import { existsSync } from 'node:fs';
import { DevenvError } from '../../errors.ts';
import { findProgram } from '../host/find-program.ts';
import { installPackages, whyNoInstallation } from '../host/install-packages.ts';
import { reportStep } from '../container/report-step.ts';
import type { BaseImage } from './parse-reference.ts';
import type { BootstrapOptions, BootstrapPlace } from './place.ts';

export type Tool = 'debootstrap' | 'mmdebstrap';

/** The distributions' signing keys, without which packages from anywhere would be taken. */
export const keyrings: Record<BaseImage['distribution'], { path: string; packageName: string }> = {
  debian: {
    path: '/usr/share/keyrings/debian-archive-keyring.gpg',
    packageName: 'debian-archive-keyring',
  },
  ubuntu: {
    path: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
    packageName: 'ubuntu-keyring',
  },
};

/**
 * The program that makes the root file system: debootstrap needs root, mmdebstrap can do with a
 * user namespace. What is missing is installed after asking. Fails with `bootstrap_failed`.
 */
export async function provideTool(
  image: BaseImage,
  place: BootstrapPlace,
  options: BootstrapOptions,
): Promise<Tool> {
  const { tool, packages } = await lookForTool(image, place);
  if (packages.length === 0) return tool;
  const { uid } = place.caller;
  const obstacle = await whyNoInstallation({ uid, environment: place.environment });
  if (obstacle !== undefined) {
    throw new DevenvError(
      'bootstrap_failed',
      `Building ${image.reference} needs ${packages.join(', ')}, which this machine lacks.`,
      {
        hint:
          uid === 0
            ? 'Install it with the means of this system, then try again.'
            : `Run "devenv image bootstrap ${image.reference}" as root, or have it installed.`,
        details: [obstacle],
      },
    );
  }
  if (!(await options.confirm(`Install ${packages.join(', ')} to build ${image.reference}?`))) {
    throw new DevenvError('interrupted', 'Nothing was installed.');
  }
  const title = `apt-get install ${packages.join(' ')}`;
  const text = { index: 0, title, reason: `${image.reference} is built with it` };
  await reportStep(options.report, text, (onLine) =>
    installPackages(packages, {
      uid,
      environment: place.environment,
      signal: options.signal,
      onLine,
      code: 'bootstrap_failed',
    }),
  );
  return tool;
}

async function lookForTool(
  { distribution }: BaseImage,
  { caller, environment }: BootstrapPlace,
): Promise<{ tool: Tool; packages: string[] }> {
  const has = async (name: string): Promise<boolean> =>
    (await findProgram(name, environment)) !== undefined;
  const { path, packageName } = keyrings[distribution];
  const keyring = existsSync(path) ? [] : [packageName];
  if (caller.uid !== 0) {
    const mmdebstrap = (await has('mmdebstrap')) ? [] : ['mmdebstrap'];
    const uidmap = (await has('newuidmap')) ? [] : ['uidmap'];
    return { tool: 'mmdebstrap', packages: [...mmdebstrap, ...uidmap, ...keyring] };
  }
  if (await has('debootstrap')) return { tool: 'debootstrap', packages: keyring };
  if (await has('mmdebstrap')) return { tool: 'mmdebstrap', packages: keyring };
  return { tool: 'debootstrap', packages: ['debootstrap', ...keyring] };
}
