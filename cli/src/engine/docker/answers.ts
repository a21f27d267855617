/*
 * What the engine API answers, as far as devenv reads it.
 */

/** Of GET /info, what decides whether workspaces work well. */
export interface EngineInfo {
  /** Storage driver: overlay2, vfs … */
  Driver: string;
  DockerRootDir: string;
  /** Name of the small init; Podman has none to tell. */
  InitBinary?: string;
  MemoryLimit: boolean;
  PidsLimit: boolean;
  CpuCfsQuota?: boolean;
  CPUCfsQuota?: boolean;
}

export interface ContainerInspection {
  Id: string;
  Name: string;
  Created: string;
  Image: string;
  ExecIDs?: string[] | null;
  /** `Pid` is that of the container's first process on the engine's host; 0 when none runs. */
  State: { Status: string; StartedAt: string; ExitCode: number; Error: string; Pid: number };
  Config: { Labels: Record<string, string> | null; Image: string; Env?: string[] | null };
  HostConfig: { PortBindings: PortMap | null };
  NetworkSettings: { Ports: PortMap | null };
  Mounts?: { Type: string; Source: string; Destination: string }[] | null;
}

export type PortMap = Record<string, { HostIp: string; HostPort: string }[] | null>;

export interface ContainerListing {
  Id: string;
  Names: string[];
  Image: string;
  ImageID: string;
  State: string;
  Status: string;
  Created: number;
  Labels: Record<string, string>;
  Ports: { IP?: string; PrivatePort: number; PublicPort?: number; Type: string }[];
}

export interface ImageInspection {
  Id: string;
  RepoTags: string[] | null;
  RepoDigests: string[] | null;
  Created: string;
  Size: number;
  Os: string;
  Architecture: string;
  /** Digests of its layers, the lowest first. */
  RootFS: { Layers?: string[] | null };
  Config: {
    User?: string;
    Env?: string[] | null;
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    WorkingDir?: string;
    Labels?: Record<string, string> | null;
    Volumes?: Record<string, object> | null;
    /** Instructions that run in every build on top of it. */
    OnBuild?: string[] | null;
  };
}

export interface ImageListing {
  Id: string;
  RepoTags: string[] | null;
  Labels: Record<string, string> | null;
  Created: number;
  Size: number;
}

/** Who to be for a registry. */
export interface RegistryLogin {
  username?: string;
  password?: string;
  /** In place of name and password: what a registry gave when somebody logged in. */
  identitytoken?: string;
  serveraddress: string;
}

/** Bytes; Docker gives -1, or leaves the number out, where it has not measured. */
export interface DiskUsage {
  /** `SharedSize` is the part of `Size` that other images have too. */
  Images: { Id: string; Size: number; SharedSize: number }[] | null;
  Containers: { Id: string; SizeRw?: number }[] | null;
  Volumes: { Name: string; UsageData?: { Size: number } | null }[] | null;
}

/** The header X-Docker-Container-Path-Stat, where a symlink is told of and not its target. */
export interface PathStat {
  /** Go's os.FileMode: the highest bit says that it is a folder. */
  mode: number;
  size: number;
  /** ISO 8601, as exact as the engine's file system. */
  mtime: string;
  linkTarget: string;
}

export interface ExecInspection {
  ID: string;
  Running: boolean;
  ExitCode: number | null;
  /** Pid on the engine's host; 0 before the start. */
  Pid: number;
  ProcessConfig: { tty: boolean; entrypoint: string; arguments: string[]; user?: string };
}

export interface ExecRequest {
  argv: string[];
  user: string;
  workingDir?: string;
  environment?: Record<string, string>;
  tty: boolean;
  stdin: boolean;
}
