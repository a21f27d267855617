import type { DockerfileFacts } from '../../plan/dockerfile.ts';
import { imageLabels } from '../../plan/image-labels.ts';
import type { Docker } from '../docker.ts';
import type { ImageInspection } from '../docker/answers.ts';
import { within } from '../host/within.ts';
import { registryLogin, type LoginOwner } from './registry-login.ts';
import { registryPatience, registryProblem } from './prebuilt.ts';
import { repositoryOf } from './registry-of.ts';

export interface ResolvedBase {
  reference: string;
  /**
   * What it is: its id; in a build that is shared by a registry, where it has to be the same on
   * every machine, its digest and platform where it has a digest.
   */
  id: string | undefined;
  present: boolean;
  /** Whether its ONBUILD triggers copy from the context. */
  copies: boolean;
  /** Why its registry could not say what it is, where it had to be asked. */
  problem: string | undefined;
}

export interface BaseOptions {
  /** Hash of the Dockerfile and its arguments, as labels know it. */
  recipe: string;
  /** Whether equal inputs have to be equal on every machine. */
  shared: boolean;
  /** Of the build; the engine's own where it is left out. */
  platform: string | undefined;
  /** Who asks a registry; without, none is asked. */
  logins: LoginOwner | undefined;
}

type Base = DockerfileFacts['bases'][number];

/**
 * What the base images are now. One that is gone from the engine (`docker image prune -a` takes
 * bases away) is what it was when the same recipe was last built, so that nothing has changed.
 * Only one that was never seen here is asked for at its registry, and only in a shared build.
 */
export async function resolveBases(
  docker: Docker,
  bases: Base[],
  options: BaseOptions,
): Promise<ResolvedBase[]> {
  const resolved = await Promise.all(bases.map((base) => inspectBase(docker, base, options)));
  if (resolved.every(({ id }) => id !== undefined)) return resolved;
  const before = await recordedBases(docker, options.recipe);
  return Promise.all(
    resolved.map(async (found, index): Promise<ResolvedBase> => {
      const id = found.id ?? before[found.reference];
      const { shared, logins } = options;
      const base = bases[index];
      if (id !== undefined || base === undefined || !shared || logins === undefined) {
        return { ...found, id };
      }
      return { ...found, ...(await askForBase(docker, base, options.platform, logins)) };
    }),
  );
}

async function inspectBase(
  docker: Docker,
  { reference }: Base,
  { shared }: BaseOptions,
): Promise<ResolvedBase> {
  const image = await docker.inspectImage(reference);
  const triggers = image?.Config.OnBuild ?? [];
  return {
    reference,
    id: shared ? sharedId(reference, image) : image?.Id,
    present: image !== undefined,
    copies: triggers.some((trigger) => /^\s*(copy|add)\s/i.test(trigger)),
    problem: undefined,
  };
}

function sharedId(reference: string, image: ImageInspection | undefined): string | undefined {
  if (image === undefined) return undefined;
  const repository = repositoryOf(reference);
  const digests = (image.RepoDigests ?? [])
    .filter((name) => repositoryOf(name) === repository)
    .map((name) => name.slice(name.indexOf('@') + 1));
  const digest = pinnedDigest(reference) ?? digests.sort()[0];
  // A digest may stand for images of several platforms.
  return digest === undefined ? image.Id : `${digest} ${image.Os}/${image.Architecture}`;
}

function pinnedDigest(reference: string): string | undefined {
  return /@(.+)$/.exec(reference)?.[1];
}

async function askForBase(
  docker: Docker,
  { reference, platform: own }: Base,
  platform: string | undefined,
  { environment, home }: LoginOwner,
): Promise<Pick<ResolvedBase, 'id' | 'problem'>> {
  const { login, problem } = await registryLogin(reference, environment, home);
  try {
    const pinned = pinnedDigest(reference);
    const digest =
      pinned ?? (await within(registryPatience, docker.askRegistry(reference, login)))?.digest;
    if (digest === undefined) return { id: undefined, problem: undefined };
    const wanted = own ?? platform ?? (await docker.platform());
    const [os, architecture] = wanted.split('/');
    return { id: `${digest} ${os}/${architecture}`, problem: undefined };
  } catch (error) {
    return { id: undefined, problem: registryProblem(error, reference, docker.host, problem) };
  }
}

async function recordedBases(
  docker: Docker,
  recipe: string,
): Promise<Record<string, string | undefined>> {
  const images = await docker.listImages([`${imageLabels.recipe}=${recipe}`]);
  const newest = images.sort((one, other) => other.Created - one.Created)[0];
  return JSON.parse(newest?.Labels?.[imageLabels.bases] ?? '{}') as Record<string, string>;
}
