import type { Config } from '../../config/config.ts';
import type { Caller, SourceFacts } from '../../plan/world.ts';

/** What the broker found out about a path of the host. */
export interface PlaceFacts {
  /** The path with every link followed. */
  realPath: string;
  /**
   * Why it is not surely the person's own, as what goes on after the path: `belongs to bob`,
   * `can be changed by others at /srv`, `does not exist`. undefined: it is.
   */
  problem: string | undefined;
}

/** The facts by path, as hostPlaces gives them. */
export type Places = ReadonlyMap<string, PlaceFacts>;

/** Every path of the host that a workspace would mount, or that would be read for it. */
export function hostPlaces(config: Config, source: SourceFacts, caller: Caller): string[] {
  return [
    ...new Set([
      ...sourcePlaces(config, source),
      ...(config.home === 'host' ? [caller.home] : []),
      ...config.mounts.flatMap((mount) => (mount.type === 'bind' ? [mount.source] : [])),
      ...secretFiles(config),
      ...buildPlaces(config),
    ]),
  ];
}

/** The repository, and the git folders that it needs. */
export function sourcePlaces({ project }: Config, { mount, gitFolders }: SourceFacts): string[] {
  return [...new Set([project.root, mount, ...gitFolders])];
}

export function buildPlaces({ image }: Config): string[] {
  return image.kind === 'build' ? [image.context, image.dockerfile] : [];
}

function secretFiles({ secrets }: Config): string[] {
  return Object.values(secrets).flatMap((source) => (source.from === 'file' ? [source.path] : []));
}
