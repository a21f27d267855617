import type { NetworkSettings, PortRequest, Resources, Security } from '../config/config.ts';
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
  /** As asked for; the hash covers these. */
  portRequests: PortRequest[];
  /** As decided for this moment. */
  ports: PublishedPort[];
  resources: Resources;
  security: Security;
  network: NetworkSettings;
  labels: Record<string, string>;
  /** Seconds that the container gets to stop. */
  stopTimeout: number;
  /** Files written into the created container before it starts. */
  files: ContainerFile[];
  /** Folders which mounting may have created as root and which belong to `owner` instead. */
  ownedFolders: string[];
  /** A home volume to be filled from the image's /etc/skel when it is new. */
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
