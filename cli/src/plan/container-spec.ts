import type { NetworkSettings, Resources, Security } from '../config/config.ts';
import type { PublishedPort } from './world.ts';

/** Everything a container is made from, in devenv's own words; engine/docker.ts translates it. */
export interface ContainerSpec {
  /** Reference or id of the image. */
  image: string;
  hostname: string;
  /** `uid:gid`, a name in the image, or '' for the image's own user: who PID 1 runs as. */
  user: string;
  /** undefined keeps the image's own. */
  entrypoint: string[] | undefined;
  command: string[] | undefined;
  /** Whether the engine's small init runs as PID 1. */
  init: boolean;
  workingDir: string;
  environment: Record<string, string>;
  mounts: ResolvedMount[];
  /** As chosen for this moment. */
  ports: PublishedPort[];
  resources: Resources;
  security: Security;
  network: NetworkSettings;
  /** Limits that only an administrator sets. */
  limits: { logBytes: number; diskBytes: number | undefined } | undefined;
  labels: Record<string, string>;
  /** Seconds that the container gets to stop. */
  stopTimeout: number;
  /** Files written into the created container before it starts. */
  files: ContainerFile[];
  /** Folders in devenv's own volumes: they belong to `owner`. */
  ownedFolders: string[];
  /** Folders on the way to a mount: they belong to `owner` where mounting creates them. */
  createdFolders: string[];
  /** A home that lives and dies with the container. */
  homeFolder: string | undefined;
  /** A home in a volume, to be filled from the image's /etc/skel if it is not `owner`'s yet. */
  skeletonHome: string | undefined;
  owner: { uid: number; gid: number };
}

/** A mount whose target is absolute. */
export interface ResolvedMount {
  type: 'bind' | 'volume' | 'tmpfs';
  source: string;
  target: string;
  readOnly: boolean;
}

export interface ContainerFile {
  path: string;
  text: string;
  mode: number;
}
