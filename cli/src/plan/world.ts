import type { DevenvError } from '../errors.ts';
import type { Command } from '../config/config.ts';
import type { Handmade } from './changes.ts';
import type { CheckedPlace } from './confine.ts';

/** The little that entering a running workspace needs to know: one engine call. */
export interface Glance {
  caller: Caller;
  source: SourceFacts;
  /** The workspace's container: its labels match this project and caller. */
  container: ContainerFacts | undefined;
  /** The hooks that have succeeded, as recorded by apply: for the newest containers, one each. */
  hooksDone: HooksDone[];
  /** The starts that have been confined, as `confinedKey` names them; see `Confinement`. */
  confined: string[];
}

export interface HooksDone {
  /** The container they ran in. */
  containerId: string;
  /** Hash of the create hook that succeeded. */
  create?: string;
  /** Hash and text of the start hook that succeeded, and the start it belongs to. */
  start?: {
    hash: string;
    startedAt: string;
    /** Left out by older versions. */
    command?: Command;
  };
}

/** What exists now: a plain snapshot, taken by engine/observe.ts, that the plan decides on. */
export interface World extends Glance {
  engine: EngineFacts;
  /** The image to make the container from; undefined when it is not there yet. */
  image: ImageFacts | undefined;
  /** Hash of what a built image is made of, as the files stand now; undefined for `image:`. */
  imageInputs: string | undefined;
  /** Why nothing can be built from the files as they stand now: the failure of what would. */
  unbuildable: DevenvError | undefined;
  /** What the registry has of an image that is not on the engine; undefined: nobody asked. */
  prebuilt: Prebuilt | undefined;
  /** Something else that holds the name the workspace's container needs. */
  nameHolder: { id: string; description: string } | undefined;
  /** Half-made leftovers of an earlier, killed run (replacement or retired containers). */
  leftovers: ContainerFacts[];
  /** Names of the existing networks that carry this workspace's label. */
  networks: string[];
  /** Names of the existing volumes that carry this workspace's or this person's label. */
  volumes: string[];
  takenPorts: TakenPort[];
  /** What the container holds that a new one would not; looked at only where one is to go. */
  handmade: Handmade | undefined;
}

/** A built image in the registry where built images are shared. */
export interface Prebuilt {
  found: boolean;
  /** Why nobody can say whether it is there, in a sentence. */
  problem: string | undefined;
}

export interface EngineFacts {
  kind: 'docker' | 'podman';
  version: string;
  /** Engine API version, such as 1.41. */
  apiVersion: string;
  /** True when uid 0 inside is the caller outside. */
  rootless: boolean;
  /** True when host paths and sockets mean the same to the engine as to this process. */
  local: boolean;
  /** `unix:///var/run/docker.sock`, `npipe:////./pipe/docker_engine`, `tcp://…` */
  host: string;
}

export interface Caller {
  uid: number;
  gid: number;
  name: string;
  /** The caller's home on the host. */
  home: string;
  platform: NodeJS.Platform;
}

/** Where the project's files are on the host, and what git needs beside them. */
export interface SourceFacts {
  /** The folder to mount: the project, or the repository it is a subfolder of. */
  mount: string;
  /** Git folders outside `mount` that a worktree or submodule needs to work inside. */
  gitFolders: string[];
  /** Hash of the Dockerfile's text; undefined when nothing is built. */
  dockerfile: string | undefined;
  /** On a shared host: what of it was looked at, and must be what is mounted in the end. */
  places?: CheckedPlace[];
}

export interface ImageFacts {
  id: string;
  /** USER, ENTRYPOINT, CMD, WORKDIR and ENV of the image's configuration. */
  user: string;
  entrypoint: string[];
  command: string[];
  workingDir: string;
  environment: Record<string, string>;
  /** Text of /etc/passwd and /etc/group; '' where the image has none. */
  passwd: string;
  group: string;
  /** Which of the shells devenv looks for exist, as absolute paths. */
  shells: string[];
  /** Whether it has `sleep`, which keeps a workspace up. */
  canSleep: boolean;
}

export interface ContainerFacts {
  id: string;
  name: string;
  state: 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'dead';
  labels: Record<string, string>;
  imageId: string;
  /** ISO 8601. */
  createdAt: string;
  startedAt: string | undefined;
  ports: PublishedPort[];
  sessions: SessionFacts[];
}

export interface SessionFacts {
  execId: string;
  command: string[];
  tty: boolean;
}

export interface PublishedPort {
  container: number;
  protocol: 'tcp' | 'udp';
  hostIp: string;
  host: number;
}

export interface TakenPort {
  port: number;
  protocol: 'tcp' | 'udp';
  hostIp: string;
  /** Who holds it, for the message: a container's name, or 'a process on this host'. */
  holder: string;
}
